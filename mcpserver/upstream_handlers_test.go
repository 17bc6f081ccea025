package mcpserver_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// says answers with a status, a media type and a body.
func says(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// sendsRaw writes the text to the connection and closes it, or resets it.
func sendsRaw(text string, reset bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, text)
		if tcp, ok := conn.(*net.TCPConn); ok && reset {
			_ = tcp.SetLinger(0) // what was written can still be read
		}
		_ = conn.Close()
	}
}

// hangs writes the text and then nothing, until the client goes.
func hangs(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if text != "" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}
}

// byByte writes one byte a second.
func byByte(w http.ResponseWriter, r *http.Request) {
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for range 60 {
		_, _ = io.WriteString(w, " ")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-ticks.C:
		case <-r.Context().Done():
			return
		}
	}
}

// bigArray answers a JSON array of n bytes.
func bigArray(n int) http.HandlerFunc {
	const element = `"0123456789",`
	body := bytes.Repeat([]byte(element), n/len(element)+1)[:n]
	body = append([]byte("["), body[:bytes.LastIndexByte(body, ',')]...)
	body = append(body, ']')
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}
}

// gzipped answers with the first part of a packed body; 1 is all of it.
func gzipped(body string, part float64) http.HandlerFunc {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, body)
	_ = w.Close()
	sent := packed.Bytes()[:int(float64(packed.Len())*part)]
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Length", strconv.Itoa(len(sent)))
		_, _ = w.Write(sent)
	}
}

// redirects sends the client on.
func redirects(status int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, status) }
}

// inTurn answers with one after the other, and then begins anew.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var asked atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		handlers[int(asked.Add(1)-1)%len(handlers)](w, r)
	}
}

// later asks to wait.
func later(after string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", after)
		says(429, "text/plain", "later")(w, r)
	}
}

// twoPages answers with the first page, and asked for the second as the handler
// does; further ones are unknown.
func twoPages(first string, second http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.RawQuery {
		case "":
			says(200, "application/json", first)(w, r)
		case "next=2":
			second(w, r)
		default:
			says(400, "", "")(w, r)
		}
	}
}

// bigPage answers with n elements and a third page.
func bigPage(n int) http.HandlerFunc {
	items := strings.Repeat(`"0123456789012345678901234567890123456789",`, n)
	return says(200, "application/json", `{"items":[`+items[:len(items)-1]+`],"next":3}`)
}

// faultyAPI serves each fault under its name.
func faultyAPI(faults map[string]fault) http.Handler {
	mux := http.NewServeMux()
	for name, f := range faults {
		mux.Handle("/"+strings.ReplaceAll(name, " ", "_"), f.api)
	}
	mux.Handle("/good", says(200, "application/json", `{"good":true}`))
	mux.Handle("/endless", redirects(307, "/endless"))
	return mux
}

func faultyConfig(faults map[string]fault) string {
	endpoints := []map[string]any{}
	for name, f := range faults {
		id := strings.ReplaceAll(name, " ", "_")
		endpoint := map[string]any{"id": id, "name": name, "method": "GET", "path": "/" + id}
		if f.timeout != "" {
			endpoint["connection"] = map[string]any{"timeout": f.timeout}
		}
		if strings.HasPrefix(name, "retried") {
			endpoint["retry"] = map[string]any{"enabled": true, "baseDelay": "1ms", "maxDelay": "5ms"}
		}
		if strings.HasPrefix(name, "paged") {
			endpoint["response"] = map[string]any{"paginated": true, "paginationConfig": map[string]any{"nextPageTokenPath": "next", "dataPath": "items"}}
		}
		if strings.HasPrefix(name, "cached") {
			endpoint["response"] = map[string]any{"caching": map[string]any{"enabled": true, "ttl": "1h"}}
		}
		endpoints = append(endpoints, endpoint)
	}
	text, _ := json.Marshal(map[string]any{"services": map[string]any{"s": map[string]any{"name": "S", "baseURL": "${API}", "endpoints": endpoints}}})
	return string(text)
}
