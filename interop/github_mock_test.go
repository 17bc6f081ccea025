package interop

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

func TestMockOfGitHub(t *testing.T) {
	g := startGitHub(t)
	config := g.config()
	token := signInAtOnce(t, config)
	require.Zero(t, token.Expiry)
	require.Empty(t, token.RefreshToken)
	require.Equal(t, "gist,repo", token.Extra("scope"))
	response, err := config.Client(t.Context(), token).Get(g.url + "/user")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)

	_, err = config.Exchange(t.Context(), "used")
	requireCode(t, "bad_verification_code", err)
	config.ClientSecret = "wrong"
	_, err = config.Exchange(t.Context(), "any")
	requireCode(t, "incorrect_client_credentials", err)
}

func TestMockOfGitHubSpeaksFormsAndJSON(t *testing.T) {
	g := startGitHub(t)
	for accept, want := range map[string]string{
		"": "application/x-www-form-urlencoded; charset=utf-8", "application/json": "application/json; charset=utf-8",
	} {
		r, err := http.NewRequest(http.MethodPost, g.config().Endpoint.TokenURL, nil)
		require.NoError(t, err)
		r.Header.Set("Accept", accept)
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode, "of an error")
		require.Equal(t, want, response.Header.Get("Content-Type"))
		require.Contains(t, string(body), "incorrect_client_credentials")
	}
}

func TestMockOfGitHubForDevices(t *testing.T) {
	g := startGitHub(t)
	network := newOutside(t)
	for _, failure := range []string{"", "access_denied", "expired_token"} {
		synctest.Test(t, func(t *testing.T) {
			ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: network})
			auth, err := g.config().DeviceAuth(ctx)
			require.NoError(t, err)
			began := time.Now()
			time.AfterFunc(7*time.Second, func() { g.decide(auth.DeviceCode, failure) })
			_, err = g.config().DeviceAccessToken(ctx, auth)
			require.Equal(t, 10*time.Second, time.Since(began))
			if failure == "" {
				require.NoError(t, err)
			} else {
				requireCode(t, failure, err)
			}
		})
	}
}
