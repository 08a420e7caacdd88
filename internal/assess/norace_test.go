//go:build !race

package assess

const counted = true
