package fusion

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// change puts what the expressions compute into a copy of the values. All
// values that do not fit are named together.
func (t *Tool) change(ctx context.Context, v values) (values, error) {
	if len(t.changing) == 0 {
		return v, nil
	}
	out := slices.Clone(v)
	var problems []ArgumentProblem
	for _, p := range t.changing {
		if !v.has(p) {
			continue
		}
		wrong, err := "", error(nil)
		if out[p.index], wrong, err = p.change(ctx, v[p.index]); err != nil {
			return nil, fmt.Errorf("calling %s: %w", t.Name, err)
		}
		if wrong != "" {
			problems = append(problems, p.problem(wrong))
		}
	}
	if problems != nil {
		return nil, &ArgumentError{Problems: bounded(problems)}
	}
	return out, nil
}

// change computes what is sent of one value, or says why nothing can be.
func (p *param) change(ctx context.Context, v any) (changed any, wrong string, err error) {
	changed, err = p.expression(ctx, v)
	if misfit, ok := errors.AsType[unfit](err); ok {
		wrong, err = misfit.Error(), nil
	} else if err == nil {
		wrong = p.unsendable(changed)
	}
	return changed, wrong, err
}
