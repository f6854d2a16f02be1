/**
 * A program for golang.org/x/oauth2 and go-oidc. It prints the URL to visit; then, with the answer, it gets tokens, calls userinfo, refreshes, calls it
 * again, revokes the refresh token, and prints what is refused after that.
 */
export const goProgram = `package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"time"

	oidc "github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
)

type given struct{ Issuer, Id, Secret, Redirect, Verifier, Answer string }

type told struct {
	Url     string
	Email   string
	Nonce   string
	Rotated bool
	Status  int
	Refused bool
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	var in given
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	ctx := context.Background()
	provider := must(oidc.NewProvider(ctx, in.Issuer))
	config := oauth2.Config{ClientID: in.Id, ClientSecret: in.Secret, RedirectURL: in.Redirect,
		Endpoint: provider.Endpoint(), Scopes: []string{"openid", "email", "offline_access"}}
	if in.Answer == "" {
		sum := sha256.Sum256([]byte(in.Verifier))
		asked := config.AuthCodeURL("state", oidc.Nonce("n"), oauth2.SetAuthURLParam("code_challenge_method", "S256"),
			oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:])))
		json.NewEncoder(os.Stdout).Encode(told{Url: asked})
		return
	}
	answer := must(url.Parse(in.Answer)).Query()
	if answer.Get("state") != "state" {
		panic("another state")
	}
	token := must(config.Exchange(ctx, answer.Get("code"), oauth2.SetAuthURLParam("code_verifier", in.Verifier)))
	verifier := provider.Verifier(&oidc.Config{ClientID: in.Id, SupportedSigningAlgs: []string{"ES256"}})
	id := must(verifier.Verify(ctx, token.Extra("id_token").(string)))
	if err := id.VerifyAccessToken(token.AccessToken); id.AccessTokenHash != "" && err != nil {
		panic(err)
	}
	info := must(provider.UserInfo(ctx, oauth2.StaticTokenSource(token)))

	first := token.RefreshToken
	token.Expiry = time.Now().Add(-time.Hour) // so that the library refreshes
	next := must(config.TokenSource(ctx, token).Token())
	must(provider.UserInfo(ctx, oauth2.StaticTokenSource(next)))

	form := url.Values{"token": {next.RefreshToken}, "client_id": {in.Id}}
	if in.Secret != "" {
		form.Set("client_secret", in.Secret)
	}
	revoked := must(http.PostForm(in.Issuer+"/oauth/revoke", form))
	_, ended := config.TokenSource(ctx, &oauth2.Token{RefreshToken: next.RefreshToken}).Token()
	response := must(config.Client(ctx, &oauth2.Token{AccessToken: next.AccessToken}).Get(in.Issuer + "/oauth/userinfo"))
	if revoked.StatusCode != 200 {
		panic("not revoked")
	}
	json.NewEncoder(os.Stdout).Encode(told{Email: info.Email, Nonce: id.Nonce, Rotated: first != next.RefreshToken,
		Status: response.StatusCode, Refused: ended != nil})
}
`
