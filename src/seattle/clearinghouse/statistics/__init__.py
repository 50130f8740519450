"""How large the network was: a figure every few minutes, thinned out as time goes by."""
