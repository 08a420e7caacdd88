// Package concentration measures how few countries supply a unit, with the
// indicators that studies of criticality use, and where importers buy.
//
// Shares s_c are of world output (sum 1); the remainder OTH of a table counts as
// many small producers, so it enters no square and no rank.
//
//	(C1) HHI         = 10,000 SUM s_c^2                                      0 to 10,000
//	(C2) top three   = s_(1) + s_(2) + s_(3);    without the largest = 1 - s_(1)
//	     with idle capacity of the others = SUM_{c not (1)} s_c (1 + kappa_c)
//	(C3) reliance    = (use - primary output - secondary output) / use       below 0: net exporter
//	(C4) HHI_WGI,t   = SUM s_c^2 WGI_c t_c,  WGI_c = 2 (2.5 - mean of six)     0 to 10 for t = 1
//	(C5) SR          = [HHI_GS IR/2 + HHI_EU (1 - IR/2)] (1 - EOL_RIR) SI_SR
//	(C6) EI          = 10 SUM_s A_s Q_s / max Q  SI_EI
//	(C7) GeoPolRisk  = SUM s_c^2  SUM_i g_i f_i / (p + F),  g = 0.5 - 0.2 PV    0 to 1
//	(C8) US score    = (DP TE EV)^(1/3),  DP = SUM_{c not USA} s_c^2 a_c w_c,
//	                   TE = reliance within [0, 1],  EV = SUM_j VA_j/GDP min(1, spend_j/surplus_j)
//
// (C4) to (C6): European Commission, Methodology for establishing the EU list of
// critical raw materials (2017); t is the trade parameter of the study of 2023.
// (C7): Gemechu and others 2016, Cimprich and others 2017, 2019, Koyamparambath
// and others 2021; f_i imports from i, F all imports, p own output, PV the
// score of political stability. (C8): the form of Nassar and others 2020
// (Science Advances 6, eaay8647) with other inputs; see Score.
//
// The functions of indices.go are pure. Model binds them to the tables. An
// indicator without its inputs is Missing with the reason, never a guess. Where a
// study printed a value, it stands beside.
//
// Cost: about 60 microseconds a unit; New reads its tables in a few milliseconds,
// of which the trade table, 9,588 rows, is most.
//
// When not to use it: a share says nothing of what a stop would cost. HHI ranks
// thulium, a few tonnes, above copper. For cost and probability use package rank.
package concentration
