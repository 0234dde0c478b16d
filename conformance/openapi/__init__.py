"""A target's surfaces as OpenAPI 3.1 documents, for tools that read those.

Made of what discovery found; nothing here sends anything, and nothing judges.
"""
