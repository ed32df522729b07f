# The live server with the page and the models that ship, on a processor.
#   docker build -t visavis .
#   docker run --rm -p 8765:8765 visavis
# It prints the address with its token; put TLS before it where the network is not yours (docs/serve.md).
# Where python's image or torch come from elsewhere: --build-arg PYTHON=3.11 --build-arg TORCH_INDEX=https://...
ARG PYTHON=3.12
FROM python:${PYTHON}-slim AS build
WORKDIR /src
COPY pyproject.toml MANIFEST.in README.md LICENSE THIRD_PARTY_NOTICES.md constraints.txt ./
COPY src src
COPY page page
COPY player player
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:${PYTHON}-slim
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG EXTRAS=serve,states,voices
RUN useradd --create-home visavis
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/
RUN pip install --no-cache-dir --index-url "$TORCH_INDEX" torch==2.13.0
RUN pip install --no-cache-dir --constraint /wheels/constraints.txt "$(ls /wheels/visavis-*.whl)[$EXTRAS]"
USER visavis
WORKDIR /home/visavis
EXPOSE 8765
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8765/health')"]
ENTRYPOINT ["visavis"]
CMD ["serve", "--host", "0.0.0.0"]
