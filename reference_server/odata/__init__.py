"""The OData half: a sans-IO core, and one edge for HTTP (`http.py`)."""

import logging

# The library tells of each property whose type it does not know, which is none of its business:
# the types are in the model.
logging.getLogger("odata_query").setLevel(logging.ERROR)
