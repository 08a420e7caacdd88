// Package server answers over HTTP what the command line answers: the API under
// /api/v1, described by openapi.json, and the explorer that package web embeds.
//
// It trusts no request: Host and Origin must be its own, parameters and fields
// that it does not know are refused, and everything has a limit (Limits). What a
// request may cost is bounded twice, by a number of requests that compute at a
// time with a queue of bounded length before it, and by a time limit.
//
// A GET is a pure function of program, data, method and question; its ETag is a
// hash of these, known before anything is computed. Engines of other methods and
// edits share the economy and live in a small cache.
//
// The server opens no file that a request names, but those in the folder of saved
// scenarios, whose names it checks and which it cannot leave. It makes no
// request of its own.
//
// Not for the open internet as it stands: there are no users and no encryption;
// put a proxy with both before it.
package server
