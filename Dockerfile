# Images of milkprice, one target each. The base must have Python 3.11 with venv and pip.
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS pipeline-libraries
COPY requirements/pipeline.txt requirements/pipeline-alone.txt /requirements/
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-compile --only-binary :all: --require-hashes \
        -r /requirements/pipeline.txt \
    && /opt/venv/bin/pip install --no-cache-dir --no-compile --only-binary :all: --require-hashes \
        --no-deps -r /requirements/pipeline-alone.txt \
    && /opt/venv/bin/pip uninstall --yes --quiet pip setuptools \
    && find /opt/venv -type d -name tests -prune -exec rm -rf {} +

FROM ${BASE} AS pipeline
ARG VERSION=dev
LABEL org.opencontainers.image.title="milkprice pipeline" \
      org.opencontainers.image.description="The steps of the milk price pipelines" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
ENV PATH=/opt/venv/bin:${PATH} \
    PYTHONPATH=/opt/milkprice \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp
COPY --from=pipeline-libraries /opt/venv /opt/venv
COPY milkprice /opt/milkprice/milkprice
USER 65532:65532
