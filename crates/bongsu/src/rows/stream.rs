//! Records that come in pieces, over as long as anyone looks.

use arrow::array::RecordBatch;
use bongsu_query::rows::{Form, Nulls, RowWriter};

use super::{Highlight, RecordView, form};
use crate::context::Context;
use crate::fault::Failure;

/// Writes pieces to standard output, each at once.
pub(crate) struct Stream<'a> {
    context: &'a Context,
    view: RecordView<'a>,
    form: Option<Form>,
    exact: Option<RowWriter<Vec<u8>>>,
    header: Option<arrow::datatypes::SchemaRef>,
}

impl<'a> Stream<'a> {
    /// Nothing written yet.
    pub(crate) fn new(highlight: &'a Highlight, context: &'a Context) -> Self {
        let view = RecordView::new(context.console.paint, context.zone(), highlight);
        Self { context, view, form: form(context), exact: None, header: None }
    }

    /// Writes the rows of `batch`. A header of CSV comes again when the columns have changed.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let console = &self.context.console;
        if let Some(form) = self.form {
            if self.header.as_ref() != Some(batch.schema_ref()) {
                self.exact = Some(RowWriter::new(Vec::new(), form, Nulls::Omit, batch.schema_ref())?);
                self.header = Some(batch.schema());
            }
            if let Some(writer) = &mut self.exact {
                writer.write(batch)?;
                console.bytes(writer.get_mut())?;
                writer.get_mut().clear();
            }
        } else {
            self.view.lines(batch)?.iter().try_for_each(|line| console.line(line))?;
        }
        Ok(console.flush()?)
    }
}
