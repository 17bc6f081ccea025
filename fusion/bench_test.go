package fusion

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// benchmarked is a call with three parameters whose API answers 200 bytes.
type benchmarked struct {
	*call
	fusion *Fusion
	args   Arguments
}

func newBenchmarked(b *testing.B) benchmarked {
	b.Helper()
	f := loadServices(b, `{"s":{"name":"S","baseURL":"http://h/v1","auth":{"type":"bearer","config":{"token":"canary-token"}},"endpoints":[
		{"id":"e","name":"E","method":"GET","path":"/users/{id}","parameters":[
			{"name":"id","type":"integer","location":"path","required":true,"validation":{"minimum":1}},
			{"name":"q","type":"string","location":"query","validation":{"maxLength":100}},
			{"name":"$top","type":"number","location":"query","default":10}]}]}}`)
	tool := f.tool("s_e")
	tool.sender.client.Transport = stub(`{"id": 17, "name": "A name", "tags": ["one", "two"], "text": "` + strings.Repeat("x", 130) + `"}`)
	args := parse(b, `{"id":17,"q":"some words"}`)
	values, err := tool.prepare(args, noon)
	require.NoError(b, err)
	return benchmarked{&call{tool: tool, values: values, caller: context.Background(), maxResult: DefaultMaxResult}, f.Fusion, args}
}

// BenchmarkCall measures a call without the network, as a whole and by what is
// done one after another.
func BenchmarkCall(b *testing.B) {
	call := newBenchmarked(b)
	run := func(name string, work func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := work(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	ctx := context.Background()
	run("whole", func() error {
		_, err := call.fusion.Call(ctx, call.tool, call.args)
		return err
	})
	run("1 normalise", func() error {
		for _, p := range call.tool.params {
			_ = p.normalise(call.args.values[p.Shown], noon, false)
		}
		return nil
	})
	run("2 normalise and validate", func() error {
		_, err := call.tool.prepare(call.args, noon)
		return err
	})
	run("3 build", func() error {
		_, err := call.tool.request(ctx, call.values)
		return err
	})
	ready := func() *http.Request {
		request, err := call.tool.request(ctx, call.values)
		require.NoError(b, err)
		return request
	}()
	run("4 authorize", func() error {
		_, err := call.authorize(ready)
		return err
	})
	redact, err := call.authorize(ready)
	require.NoError(b, err)
	run("5 send and read", func() error { return call.send(ready, redact).err })
	answered := call.send(ready, redact)
	run("6 shape", func() error {
		w, err := call.whole(ctx, answered)
		if err == nil {
			_, err = call.show(ctx, w)
		}
		return err
	})
}

// BenchmarkBigAnswer measures what an answer of 20 KB costs beside one of 200
// bytes: it is compacted and searched, but not decoded.
func BenchmarkBigAnswer(b *testing.B) {
	call := newBenchmarked(b)
	body := `{"items":[` + strings.Repeat(`{"id":17,"name":"A name","tags":["one","two"]},`, 435) + `{}]}`
	call.tool.sender.client.Transport = stub(body)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := call.fusion.Call(context.Background(), call.tool, call.args); err != nil {
			b.Fatal(err)
		}
	}
}
