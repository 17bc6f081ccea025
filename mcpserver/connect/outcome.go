package connect

import (
	"context"
	"errors"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// back goes on to a page, and tells there what came of an action: why it failed,
// or else done, which is "" where the page says enough.
func (p *Pages) back(v *visit, path string, err error, done string) {
	switch {
	case err != nil:
		if problem := p.problem(v.r.Context(), err); problem != "" {
			p.tell(v, path, notice{problem, true})
		}
	case done != "":
		p.tell(v, path, notice{Text: done})
	default:
		redirect(v.w, v.r, path)
	}
}

// problem is the one place that maps an error of an action to what people read.
// It is "" when there is nobody left to read it.
func (p *Pages) problem(ctx context.Context, err error) string {
	detail := ""
	if e, ok := errors.AsType[*auth.SignInError](err); ok {
		detail = e.Detail
	} else if e, ok := errors.AsType[*auth.CredentialError](err); ok {
		detail = e.Detail
	}
	if detail != "" {
		p.gateway.Refuse(ctx, detail)
		return sentence(detail)
	}
	id := p.failed(ctx, err)
	if id == "" {
		return ""
	}
	p.gateway.Refuse(ctx, "failed")
	return failureText(id)
}

// failed logs what went wrong here, and returns by which id to find it; "" when
// nothing did, and the request has only ended.
func (p *Pages) failed(ctx context.Context, err error) (id string) {
	if isOver(ctx) {
		return ""
	}
	return p.gateway.Fail(ctx, err)
}

// isOver reports whether a request has ended, perhaps because its tenant was
// deleted in this moment: then it failed for that, and is told so elsewhere.
func isOver(ctx context.Context) bool {
	if tenant, ok := db.FromContext(ctx); ok {
		tenant.Enforce()
	}
	return ctx.Err() != nil
}

func failureText(id string) string {
	return "Something went wrong on this server. Try again in a while. Its operator finds the cause by the number " + id + "."
}
