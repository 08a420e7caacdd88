//go:build race

package path_test

// counted: the detector makes values escape that stay on the stack without it.
const counted = false
