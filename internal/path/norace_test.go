//go:build !race

package path_test

const counted = true
