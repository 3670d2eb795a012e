"""REST: our own routes in front, KServe's framework behind them for all the rest."""
