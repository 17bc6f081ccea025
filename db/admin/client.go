package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

// Client manages the database of a running server. All methods may be called
// by several goroutines at once.
//
// Their errors are those of *db.DB, with the same texts, and besides
// ErrNoServer and ErrVersion. Any other error is one of the connection: it says
// so, and that what was asked may have been done or not.
type Client struct {
	path   string
	ctx    context.Context // of all requests; ends with Close
	cancel context.CancelCauseFunc
	http   *http.Transport
}

// Dial finds the server that listens on the socket at the path. ErrNoServer:
// there is none. A server of another user is an error, unless this process is
// root's and the socket is in a directory of that user.
//
// There is no time limit to an operation; the end of ctx ends the client as
// Close does.
func Dial(ctx context.Context, path string) (*Client, error) {
	path = asFile(path)
	found, err := dial(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := found.Close(); err != nil {
		return nil, err
	}
	c := &Client{path: path}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.http = &http.Transport{
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, path) },
		DisableCompression: true,
		// On a connection that is kept, a server that has ended meanwhile
		// cannot be told from one that ends with the request in its hands.
		DisableKeepAlives: true,
	}
	return c, nil
}

// Close ends what is running, also the reading of a Snapshot. All other methods
// then return db.ErrClosed.
func (c *Client) Close() error {
	c.cancel(db.ErrClosed)
	return nil
}

// send asks for an operation. The response is that of a success.
func (c *Client) send(name string, request any) (*http.Response, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("%s: the request has %d bytes; allowed: %d", name, len(body), maxBody)
	}
	// The host only stands for the socket.
	r, err := http.NewRequestWithContext(c.ctx, http.MethodPost, "http://mcpfusion"+pathPrefix+name, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := c.http.RoundTrip(r)
	if err != nil {
		return nil, c.failed(name, err)
	}
	if response.StatusCode == http.StatusOK && response.Header.Get(versionHeader) != "" {
		return response, nil
	}
	defer response.Body.Close()
	return nil, c.refused(name, response)
}

// failed explains an error of the connection.
func (c *Client) failed(name string, err error) error {
	var before notSent
	switch {
	case c.ctx.Err() != nil:
		return fmt.Errorf("%s: %w", name, context.Cause(c.ctx))
	case errors.As(err, &before):
		return before.error
	default:
		return fmt.Errorf("%s: the server at %s ended before it had answered, so this may have been done or not: %w", name, c.path, err)
	}
}

// refused returns the error that a response stands for.
func (c *Client) refused(name string, response *http.Response) error {
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return c.failed(name, err)
	}
	var f failure
	switch {
	case response.Header.Get(versionHeader) == "":
		return fmt.Errorf("%s: what listens at %s is no mcpfusion", name, c.path)
	case response.StatusCode == http.StatusNotFound, response.StatusCode == http.StatusBadRequest:
		return c.mismatch(name, response, "was not understood, so nothing was done")
	case json.Unmarshal(content, &f) != nil || f.Text == "":
		return c.mismatch(name, response, "failed, and why was not understood")
	default:
		return f.err()
	}
}

// mismatch names both versions.
func (c *Client) mismatch(name string, response *http.Response, what string) error {
	return fmt.Errorf("%w: it is %s and this program is %s; %s %s: use the mcpfusion-token of the server's version",
		ErrVersion, response.Header.Get(versionHeader), global.Version, name, what)
}
