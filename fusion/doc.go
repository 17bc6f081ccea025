// Package fusion turns service configurations into tools that can be called:
// it compiles each endpoint once, checks the arguments of a call, sends the
// request with the service's credential and reads the answer within limits.
//
// It knows tools, arguments and results, and nothing of the protocol that
// brings them. What it promises for whatever arguments come:
//
//   - Nothing is sent when an argument is wrong, and all that are wrong are
//     named together.
//   - A request goes to the configured origin and stays below the configured
//     path; redirects are followed within the origin. No argument adds a
//     header or reaches a static parameter.
//   - A file of the server is read only below the tenant's own folder in the
//     one for uploads.
//   - Numbers go out as they came in.
//   - No credential appears in an error, in the log or in a result. A result is
//     not searched for credentials of fewer than six characters.
//   - Pages of an answer are joined within the limits of one answer and of the
//     call's time. A link to the next page is followed only where the tool itself
//     may go.
//   - An answer that is too long is cut to valid JSON, or at a character. The
//     result says so, and how to read on, which shows each value once: only one
//     that is too long by itself is left out, and its place named.
//   - Only a call that may be repeated is repeated: an idempotent one, or one
//     that the API refused with 429. The caller's deadline ends all attempts.
//   - An answer that is kept is given only to the tenant that it was for, and
//     only while its credential is the one that it was asked with.
package fusion
