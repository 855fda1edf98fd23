"""The dialects, strangers to one another. Only `console.api.registry` names them."""
