"""The API for systems of hospitals, pharmacies and agencies: ``/api/v1``."""
