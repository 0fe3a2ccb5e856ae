# Serving image: no torch, no compiler, no root. Bundles are mounted at /bundles, never over the code.
FROM python:3.11-slim AS build
# `serve` answers tickets; `relabel` takes jobs, too.
ARG EXTRA=serve
WORKDIR /src
RUN python -m venv /opt/suqiu
COPY pyproject.toml README.md ./
COPY models models
COPY service service
COPY evaluation evaluation
COPY training training
RUN /opt/suqiu/bin/pip install --no-cache-dir ".[${EXTRA}]" \
 && /opt/suqiu/bin/pip uninstall --yes pip setuptools \
 && find /opt/suqiu -name __pycache__ -prune -exec rm -rf {} +

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin suqiu \
 && mkdir /bundles && chown suqiu /bundles
COPY --from=build /opt/suqiu /opt/suqiu
ENV PATH=/opt/suqiu/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TOKENIZERS_PARALLELISM=false \
    SUQIU_HOST=0.0.0.0 \
    SUQIU_PORT=8000
USER suqiu
# To serve your own: -v /srv/bundles:/bundles:ro -e SUQIU_REGISTRY=/bundles (or -e SUQIU_BUNDLE=/bundles/NAME).
VOLUME /bundles
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os,urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"SUQIU_PORT\"]}/readyz', timeout=2)"]
CMD ["suqiu-serve"]
