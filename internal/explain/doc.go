// Package explain says where a number of a result comes from: its equation, the
// symbols with their values, and the table rows behind them with grade and
// source. Everything is computed anew from the result that is explained, and of
// paths, events and stocks tests compute what is printed anew from the symbols.
package explain
