"""The mutation score: the reference server changed in small ways, each judged by the suite."""
