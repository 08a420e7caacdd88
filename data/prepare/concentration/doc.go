// Command concentration makes the tables of governance, of the EU study, of
// production by country and of import sources from the files as published:
//
//	go run ./data/prepare/concentration -raw DIR -tables data/tables
//
// -raw is a folder with the public files under the names in main.go. The program
// itself never needs them; docs/update-data.md says where each comes from. Which
// series of a source stands for which unit is a judgement: it is read from
// data/tables/production_series.csv, which is edited by hand.
//
// What goes wrong in these files is met here and not later: Windows-1252 text, a
// byte order mark, W (withheld), NA, XX, s, an em dash for nothing, >50, <0.1 %,
// ranges, spaces behind names, remarks in brackets behind a country, two
// spellings of one country, a figure of value added that stands beside the wrong
// sector. A name that is not known stops the run: nothing is dropped in silence.
//
// Rows of the British Geological Survey may not be passed on under its terms;
// only what was computed from them goes into a table (total, number of
// producers, leading share, HHI).
package main
