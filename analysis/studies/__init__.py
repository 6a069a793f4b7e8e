"""One file per study; a study computes and never reads or writes by itself."""
