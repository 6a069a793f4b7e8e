"""Pages of street photos: runs, bringing one in, a run's report and corrections, a released picture."""
