"""Reports: folds over a run's events, and formats made from the report document."""
