// Package report lays results out as tables: the columns that docs/formats.md
// documents and that keep their names and units within a major version. Money
// is in million USD of the base year a year; *_gdp_musd is negative where GDP
// falls, loss_musd positive.
package report
