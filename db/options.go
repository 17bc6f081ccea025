package db

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/PivotLLM/MCPFusion/global"
)

// Option is an argument of New.
type Option func(*config)

type config struct {
	logger      global.Logger
	dataDir     string
	existing    bool
	lockTimeout time.Duration
	recovery    string
}

// WithLogger takes the logger for what happens in the background. It is
// required, and stays the caller's to close.
func WithLogger(logger global.Logger) Option {
	return func(c *config) { c.logger = logger }
}

// WithDataDir names the data directory. Without it, or with an empty name, it
// is DefaultDataDir of SystemDir and the user's home directory. New itself
// reads no environment variable of mcpfusion's: that is for programs to do.
func WithDataDir(dir string) Option {
	return func(c *config) { c.dataDir = dir }
}

// WithExisting makes New return ErrNoDatabase instead of creating anything.
func WithExisting() Option {
	return func(c *config) { c.existing = true }
}

// WithLockTimeout limits how long New waits for another process to release
// the database. Without it, or with zero, that is five seconds.
func WithLockTimeout(timeout time.Duration) Option {
	return func(c *config) { c.lockTimeout = timeout }
}

// WithRecovery gives a recovery public key, to which the keys of all tenants
// are sealed as well from then on; RecoveryOff ends that. Without it, or with an
// empty setting, nothing is sealed to any recovery key, and what was sealed
// before stays until the tenant is re-keyed.
func WithRecovery(setting string) Option {
	return func(c *config) { c.recovery = setting }
}

func newConfig(opts []Option) (config, error) {
	var c config
	for _, opt := range opts {
		opt(&c)
	}
	if c.logger == nil {
		return c, errors.New("open database: a logger is required")
	}
	if c.lockTimeout < 0 {
		return c, fmt.Errorf("open database: lock timeout %s is negative", c.lockTimeout)
	}
	if c.dataDir == "" {
		home, _ := os.UserHomeDir() // DefaultDataDir says what to do without
		dir, err := DefaultDataDir(SystemDir, home)
		if err != nil {
			return c, err
		}
		c.dataDir = dir
	}
	var err error
	c.dataDir, err = filepath.Abs(c.dataDir)
	return c, err
}
