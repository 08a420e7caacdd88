package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"chokepoint/internal/fault"
)

// problem is an error as RFC 9457 writes it, with the fields of fault.Error.
type problem struct {
	Type       string `json:"type"`
	Title      string `json:"title"`
	Status     int    `json:"status"`
	Detail     string `json:"detail"`
	Code       string `json:"code"`
	Place      string `json:"place,omitempty"`
	Line       int    `json:"line,omitempty"`
	Col        int    `json:"col,omitempty"`
	What       string `json:"what,omitempty"`
	Expected   string `json:"expected,omitempty"`
	DidYouMean string `json:"did_you_mean,omitempty"`
	Do         string `json:"do,omitempty"`

	allow      string // header Allow of a 405
	retryAfter int    // seconds; header Retry-After
}

// Error makes a problem an error.
func (p *problem) Error() string { return p.Detail }

// kinds are the codes of problems with their status and title.
var kinds = map[string]struct {
	status int
	title  string
}{
	"usage":                  {http.StatusBadRequest, "The question is wrong"},
	"invalid-data":           {http.StatusUnprocessableEntity, "The scenario or a table breaks a rule"},
	"not-found":              {http.StatusNotFound, "There is no such thing"},
	"method-not-allowed":     {http.StatusMethodNotAllowed, "The address does not take this method"},
	"forbidden":              {http.StatusForbidden, "Not allowed here"},
	"not-ready":              {http.StatusConflict, "It is not there yet"},
	"conflict":               {http.StatusConflict, "The name is taken"},
	"precondition-failed":    {http.StatusPreconditionFailed, "There is one already"},
	"too-large":              {http.StatusRequestEntityTooLarge, "The request is too large"},
	"full":                   {http.StatusInsufficientStorage, "The folder is full"},
	"uri-too-long":           {http.StatusRequestURITooLong, "The address is too long"},
	"unsupported-media-type": {http.StatusUnsupportedMediaType, "The body is of another kind"},
	"too-many-requests":      {http.StatusTooManyRequests, "Too many requests at once"},
	"timeout":                {http.StatusServiceUnavailable, "The request took too long"},
	"failure":                {http.StatusInternalServerError, "The program failed"},
}

// newProblem makes a problem of a kind. What and expected become the detail.
func newProblem(code, place, what, expected string) *problem {
	k := kinds[code]
	f := fault.Error{File: place, What: what, Expected: expected}
	return &problem{Type: "urn:chokepoint:problem:" + code, Title: k.title, Status: k.status, Code: code, Detail: f.Error(), Place: place, What: what, Expected: expected}
}

// asProblem turns any error of a request into a problem. Errors that are not the
// client's doing are told in general words: their text may name what is inside.
func asProblem(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return newProblem("too-large", "body", "the body is too large", fmt.Sprintf("at most %d KiB", tooLarge.Limit>>10))
	case errors.Is(err, context.DeadlineExceeded):
		p := newProblem("timeout", "", "the time limit of a request is over", "")
		p.Do, p.retryAfter = "Ask for fewer units at a time.", 5
		return p
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Code == fault.Failure || f.Code == fault.OK {
		return newProblem("failure", "", "the request could not be answered", "")
	}
	code := "usage"
	if f.Code == fault.InvalidData {
		code = "invalid-data"
	}
	told := *f
	told.File = strings.TrimPrefix(told.File, "--") // a flag of the command line is a field here
	told.Do = ""                                    // and its advice names commands
	p = newProblem(code, told.File, told.What, told.Expected)
	p.Line, p.Col, p.DidYouMean, p.Detail = told.Line, told.Col, told.DidYouMean, told.Error()
	return p
}

// write sends a problem.
func (p *problem) write(w http.ResponseWriter, r *http.Request) {
	body, err := json.Marshal(p)
	if err != nil { // only strings and numbers: cannot be
		body = []byte(`{"status":500}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", fmt.Sprint(len(body)+1))
	if p.allow != "" {
		h.Set("Allow", p.allow)
	}
	if p.retryAfter > 0 {
		h.Set("Retry-After", fmt.Sprint(p.retryAfter))
	}
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(append(body, '\n')) // the client may have left
	}
}
