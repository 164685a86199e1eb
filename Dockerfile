# One image for the web and every worker; what differs is the command and the key that it is given.

FROM python:3.11-slim AS packages
WORKDIR /app
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=backoffice.settings
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# Hashed and compressed copies; the values are of this step alone, and nothing is connected to.
RUN env $(grep -v '^#' .ci/production.env) python manage.py collectstatic --noinput --verbosity 0 && rm -r .ci \
 && useradd --system --uid 10001 --no-create-home countersign \
 && install -d -o countersign /checkpoints
USER 10001
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers", "backoffice.wsgi:application"]
