// Package backtest holds the monthly engine (package path) against real events: a
// price before and after a disruption, simulated from what was known before it.
//
// An event becomes a path: its country's share of world output at the time, the
// measure read from the words of the instrument (licence, quota, stop, stop of ore,
// outage, threat), its dates as months from the announcement. The forecast is the
// 10, 50 and 90 % quantile of
//
//	ln pi(horizon) + z sigma sqrt(months between the two prices)                 (B1)
//
// over draws of the common parameters, of the elasticities, idle capacity and stocks
// of the commodity, and of z, normal: prices move for other reasons too. A reversal
// is read from its peak: ln pi(peak + horizon) - ln pi(peak). Draws whose path would
// swing ever wider (path.Margin) are rejected and counted.
//
// Forecasts are scored by coverage, by |log2| of the median over what came, and by
// the mean quantile loss of the three on the log scale, beside two naive ones: no
// change, and the quantiles of the other calibration events.
//
// Fit moves the common parameters to the calibration rows; LeaveOneOut says what
// such a fit is worth for an event it has not seen. Neither ever looks at a
// validation row.
//
// Choices where the record leaves room:
//   - What a country mines that other countries refine is missing at every plant in
//     equal parts, after the goods under way have arrived.
//   - Use by country, elasticities and stocks are those of the base year of the
//     tables, not of the year of the event.
//   - An end that was not known is not used: a measure without a date of easing runs on.
//   - Horizons of less than a month are read in the first month: prices jump on news.
//
// Cost: about 40 microseconds a draw and event. Not a test of losses: no
// event has a measured loss of GDP.
package backtest
