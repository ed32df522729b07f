# The live server with the page and the models that ship, on a processor.
#   docker build -t visavis .
#   docker run --rm -p 8765:8765 visavis
# It prints the address with its token; put TLS before it where the network is not yours (docs/serve.md).
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml MANIFEST.in README.md LICENSE THIRD_PARTY_NOTICES.md constraints.txt ./
COPY src src
COPY page page
COPY player player
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim
RUN useradd --create-home visavis
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/
RUN pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu torch==2.13.0
RUN pip install --no-cache-dir --constraint /wheels/constraints.txt "$(ls /wheels/visavis-*.whl)[serve]"
USER visavis
WORKDIR /home/visavis
EXPOSE 8765
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8765/health')"]
ENTRYPOINT ["visavis"]
CMD ["serve", "--host", "0.0.0.0"]
