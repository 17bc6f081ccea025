package mcpserver

import (
	"bytes"
	"log"

	"github.com/PivotLLM/MCPFusion/global"
)

// newErrorLog sends what net/http has to say, which is about broken
// connections, to the debug log.
func newErrorLog(logger global.Logger) *log.Logger {
	return log.New(debugWriter{logger}, "", 0)
}

type debugWriter struct{ logger global.Logger }

func (w debugWriter) Write(line []byte) (int, error) {
	w.logger.Debugf("http: %s", bytes.TrimSpace(line))
	return len(line), nil
}
