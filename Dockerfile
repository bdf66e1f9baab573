# docker build --tag flowviz . && docker run --rm --publish 8501:8501 flowviz
FROM python:3.11-slim AS build
RUN python -m venv /opt/flowviz
ENV PATH=/opt/flowviz/bin:$PATH
WORKDIR /src
# First what seldom changes. The second index has torch without CUDA, a tenth of the size.
COPY requirements.txt ./
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt
COPY pyproject.toml README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY pages pages
COPY flowviz flowviz
RUN pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
COPY --from=build /opt/flowviz /opt/flowviz
ENV PATH=/opt/flowviz/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --create-home flowviz
USER flowviz
WORKDIR /home/flowviz
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["flowviz", "app", "--address", "0.0.0.0"]
