// Package page writes the tables of an answer as one HTML file that needs
// nothing else: no script, no font, no image, no request. It opens offline, in
// light and dark, on a telephone and on paper.
//
// What a page shows is chosen by the first table of the answer: a ranking, a
// scenario, a comparison, a mineral, a path, a test on events, a portfolio of stocks;
// anything else becomes a page of tables.
// Figures are drawings of the numbers in these tables, and nothing is computed
// here but places on an axis, linear or symmetric-log:
//
//	s(v) = sign(v) log10(1 + |v|), v in million USD
//
// Every text goes through html/template, after characters that steer a reader
// (controls, marks of direction) were escaped as in text output: data can hold
// markup, it stays text. Same tables, same bytes. Cost: a few ms and some 500
// bytes a row. For programs the other formats are better: a page shows three
// digits, the exact number stands in the title of its cell.
package page
