package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/PivotLLM/MCPFusion/global"
)

// gateway is a running server, as a client with an API token sees it over REST.
type gateway struct {
	url   *url.URL
	token global.Secret
}

// call calls a tool and prints its result to w, and what is to be known of it to
// notes.
func (g gateway) call(ctx context.Context, tool string, given func(schema []byte) ([]byte, error), w, notes io.Writer) error {
	path, schema, err := g.find(ctx, tool)
	if err != nil {
		return err
	}
	arguments, err := given(schema)
	if err != nil {
		return err
	}
	answer, err := g.send(ctx, http.MethodPost, path, arguments)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if note := answer.Header.Get("X-Mcpfusion-Note"); note != "" {
		fmt.Fprintf(notes, "mcpfusion: %s\n", note)
	}
	last := &lastByte{w: w}
	if _, err := io.Copy(last, answer.Body); err != nil {
		return err
	}
	isFile := answer.Header.Get("Content-Disposition") != "" // to which nothing is added
	if last.seen && last.b != '\n' && !isFile {
		_, err = io.WriteString(w, "\n")
	}
	return err
}

// lastByte remembers how what was written ends.
type lastByte struct {
	w    io.Writer
	b    byte
	seen bool
}

func (l *lastByte) Write(p []byte) (int, error) {
	if len(p) > 0 {
		l.b, l.seen = p[len(p)-1], true
	}
	return l.w.Write(p)
}

// find returns the path of a tool and the JSON Schema of its input. The server
// says which service and endpoint have the name: it cannot be read off.
func (g gateway) find(ctx context.Context, tool string) (path string, schema []byte, err error) {
	var list struct{ Services []struct{ Service string } }
	if err := g.get(ctx, "/api", &list); err != nil {
		return "", nil, err
	}
	for _, service := range list.Services {
		if !strings.HasPrefix(tool, service.Service+"_") {
			continue
		}
		var detail struct {
			Endpoints []struct {
				Endpoint, Tool string
				InputSchema    json.RawMessage `json:"input_schema"`
			}
		}
		path := "/api/" + service.Service
		if err := g.get(ctx, path, &detail); err != nil {
			return "", nil, err
		}
		for _, e := range detail.Endpoints {
			if e.Tool == tool {
				return path + "/" + e.Endpoint, e.InputSchema, nil
			}
		}
	}
	return "", nil, noTool(tool)
}

func (g gateway) get(ctx context.Context, path string, to any) error {
	answer, err := g.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(to); err != nil {
		return fmt.Errorf("what %s answers is no list; is it an mcpfusion? %w", g.url, err)
	}
	return nil
}

// send returns an answer of 2xx. It follows no redirect, which could take the
// token elsewhere.
func (g gateway) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, g.url.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+g.token.Reveal())
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("no server answers: %w", err)
	}
	if answer.StatusCode/100 == 2 {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, refusal(answer)
}

// maxProblem bounds what is read of an error, in bytes.
const maxProblem = 64 << 10

// refusal words RFC 9457 problem JSON; anything else is not from an mcpfusion.
func refusal(answer *http.Response) error {
	var problem struct {
		Detail    string
		RequestID string `json:"request_id"`
		Errors    []struct{ Name, Detail string }
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxProblem)).Decode(&problem); err != nil || problem.Detail == "" {
		return errors.New(answer.Status)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s (status %d, request id %s)", problem.Detail, answer.StatusCode, problem.RequestID)
	for _, wrong := range problem.Errors {
		text.WriteString("\n- " + strings.TrimSpace(wrong.Name+" "+wrong.Detail))
	}
	return errors.New(text.String())
}
