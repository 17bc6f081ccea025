package auth

import "context"

type offlineKey struct{}

// Offline returns a context with which no strategy asks another server: what
// would have to be obtained is missing.
func Offline(ctx context.Context) context.Context { return context.WithValue(ctx, offlineKey{}, true) }

func isOffline(ctx context.Context) bool { return ctx.Value(offlineKey{}) != nil }

var errOffline = &CredentialError{Detail: "this service's credential is obtained when a call needs it", Temporary: true}
