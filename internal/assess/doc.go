// Package assess puts the parts of the model together: scenario -> market ->
// shortage -> economy -> effect on GDP (model.md sections 3 to 6).
//
//	(i)   hit industries produce less        SUM_J va_j dx_j, J: sigma_j > 1e-12
//	(ii)  users pay more                     -(pi-1) P0 Q1 chi, Q1 = Q0 (1-r)
//	(iii) US producers sell more             va_p P0 (y1 - y0)
//	(iv)  US producers sell at higher prices +(pi-1) P0 y1 chi
//	(v)   the rest of the economy            SUM_{not J} va_j dx_j
//	loss = -((i) + ... + (v))                                            (E3)
//
// Each part is the sum of its industry rows, the loss the sum of the parts,
// exactly. An Engine holds one catalogue and one method; scenarios share what it
// prepared. The answer to a scenario does not depend, bit for bit, on which
// others are run with it, nor on the number of workers.
package assess
