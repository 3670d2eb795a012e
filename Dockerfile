# The images of milkprice: one target each, over a shared base that must have Python 3.11 with venv
# and pip. Nothing here depends on when it is built.
ARG BASE=docker.io/library/python:3.11-slim-bookworm@sha256:0a310eeecf4e1f5a0743f9a6520c90c88d089c903ca5fd283f501e3a805f5f89

FROM ${BASE} AS base
ENV PATH=/opt/venv/bin:${PATH} \
    PYTHONPATH=/opt/milkprice \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp

# Libraries are put into a folder that the images copy, so that neither pip nor its traces come along,
# nor what nothing here uses: tests, headers, Arrow's Flight and its own S3 client.
FROM ${BASE} AS installer
ENV INSTALL="/opt/venv/bin/pip install --no-cache-dir --no-compile --only-binary :all: --require-hashes" \
    SLIM="find /opt/venv ( -type d -name tests -o -name *.pyi -o -name *.pyx -o -name *.pxd -o -name *.h -o -name redoc.*.js -o -name *arrow*_flight* -o -name _flight.* -o -name libarrow_s3.* -o -name _s3fs.* ) -prune -exec rm -rf {} +"
RUN python3 -m venv /opt/venv

FROM installer AS pipeline-libraries
COPY requirements/pipeline.txt requirements/pipeline-alone.txt /requirements/
RUN ${INSTALL} -r /requirements/pipeline.txt \
    && ${INSTALL} --no-deps -r /requirements/pipeline-alone.txt \
    && /opt/venv/bin/pip uninstall --yes --quiet pip setuptools \
    && set -f && ${SLIM}

# Compiled, because a predictor that starts seconds sooner is worth 60 MB; by content and not by
# time, so that equal input gives equal files.
FROM installer AS predictor-libraries
COPY requirements/predictor.txt /requirements/
RUN ${INSTALL} -r /requirements/predictor.txt \
    && /opt/venv/bin/pip uninstall --yes --quiet pip setuptools \
    && set -f && ${SLIM} \
    && /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM base AS pipeline
ARG VERSION=dev
LABEL org.opencontainers.image.title="milkprice pipeline" \
      org.opencontainers.image.description="The steps of the milk price pipelines" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=pipeline-libraries /opt/venv /opt/venv
COPY milkprice /opt/milkprice/milkprice
USER 65532:65532
HEALTHCHECK NONE

FROM base AS predictor
ARG VERSION=dev
LABEL org.opencontainers.image.title="milkprice predictor" \
      org.opencontainers.image.description="Serves milk price models by KServe's protocols" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=predictor-libraries /opt/venv /opt/venv
COPY milkprice /opt/milkprice/milkprice
COPY serving /opt/milkprice/serving
USER 65532:65532
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/v2/health/live', timeout=2)"]
ENTRYPOINT ["python", "-m", "serving"]
