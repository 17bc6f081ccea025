package dbtest

import "github.com/PivotLLM/MCPFusion/global"

// silent drops what is logged.
type silent struct{ global.Logger }

func (silent) Debugf(string, ...any)   {}
func (silent) Infof(string, ...any)    {}
func (silent) Warningf(string, ...any) {}
func (silent) Errorf(string, ...any)   {}
func (silent) Warning(string)          {}
func (silent) Notice(string)           {}
