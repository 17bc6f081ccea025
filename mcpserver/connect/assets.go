package connect

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// assets are the files that pages load, by their names in the source.
var assets = readAssets("style.css", "connect.js", "icon.svg")

// asset is a file whose path changes with its content, so that browsers may keep
// it for good.
type asset struct {
	path, hash string
	content    []byte
}

func readAssets(names ...string) map[string]*asset {
	read := make(map[string]*asset)
	for _, name := range names {
		content, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			panic(fmt.Errorf("connect: what is embedded: %w", err))
		}
		sum := sha256.Sum256(content)
		hash := hex.EncodeToString(sum[:8])
		ext := path.Ext(name)
		read[name] = &asset{"/connect/assets/" + strings.TrimSuffix(name, ext) + "-" + hash + ext, hash, content}
	}
	return read
}

func assetPath(name string) string { return assets[name].path }

// ServeHTTP implements http.Handler.
func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("ETag", `"`+a.hash+`"`)
	http.ServeContent(w, r, a.path, time.Time{}, bytes.NewReader(a.content))
}
