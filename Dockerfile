# docker build -t wirecheck . && docker run --rm --network host -v "$PWD:/work" wirecheck run URL
FROM python:3.13-slim
COPY pyproject.toml README.md LICENSE /source/
COPY conformance /source/conformance
COPY reference_server /source/reference_server
COPY schemas /source/schemas
RUN python -m pip install --no-cache-dir --disable-pip-version-check /source
# No right of root is needed, neither to judge nor to listen on a port above 1023.
RUN useradd --create-home --uid 1000 wirecheck
USER wirecheck
WORKDIR /work
ENTRYPOINT ["wirecheck"]
CMD ["--help"]
