Shares are of the model's base year and partly judgements (grades in `chokepoint
show`); concentration says how few supply, not what a stop costs: `chokepoint
rank` does
Equations, sources and limits: docs/concentration.md; --format csv holds all
indicators, with the reason where one is empty
