"""The resilience report: one file to read, print and hand on, without any script. Nothing heavy is imported early."""

from valuechain.report.document.write import write_report

__all__ = ["write_report"]
