"""A page that says what it was asked for; served by the web server that serves the house."""


def echo(environ, start_response):
    """Says what it was asked for, and how much came with it."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['PATH_INFO']} {len(body)};".encode()]
