"""Pages of the administrator: users with roles and scopes, second factors, API keys."""
