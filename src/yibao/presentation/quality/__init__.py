"""Data quality as people read it: figures by law, institution and month, files, and what institutions get back."""

from yibao.presentation.quality.feedback import FeedbackFile, write_feedback
from yibao.presentation.quality.figures import QualityFigures, read_quality
from yibao.presentation.quality.files import write_quality_files

__all__ = ["FeedbackFile", "QualityFigures", "read_quality", "write_feedback", "write_quality_files"]
