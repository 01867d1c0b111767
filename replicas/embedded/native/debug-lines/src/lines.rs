//! The line programs of all units.

use gimli::{AttributeValue, Dwarf, EndianSlice, LineProgramHeader, LittleEndian, Unit};
use std::collections::HashMap;

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// A row without a source line: the end of a sequence, or code that the compiler made.
const NO_FILE: u32 = u32::MAX;

#[derive(Default)]
pub struct LineTable {
    files: Vec<String>,
    /// Address, index of the file, and line. An address is an offset in the content of the code section.
    rows: Vec<[u32; 3]>,
}

impl LineTable {
    /// Little-endian u32: the number of files; each file as its length in bytes and its UTF-8; then three for each row.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let number = |out: &mut Vec<u8>, value: u32| out.extend_from_slice(&value.to_le_bytes());
        number(&mut out, self.files.len() as u32);
        for file in &self.files {
            number(&mut out, file.len() as u32);
            out.extend_from_slice(file.as_bytes());
        }
        for value in self.rows.iter().flatten() {
            number(&mut out, *value);
        }
        out
    }
}

pub fn read(sections: &HashMap<&str, &[u8]>) -> gimli::Result<LineTable> {
    let load = |id: gimli::SectionId| -> gimli::Result<Slice> {
        let content = sections.get(id.name()).copied().unwrap_or_default();
        Ok(EndianSlice::new(content, LittleEndian))
    };
    let dwarf = Dwarf::load(load)?;
    let mut table = LineTable::default();
    let mut known = HashMap::new();
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        let unit = dwarf.unit(header)?;
        read_unit(&dwarf, &unit, &mut table, &mut known)?;
    }
    Ok(table)
}

fn read_unit(
    dwarf: &Dwarf<Slice>,
    unit: &Unit<Slice>,
    table: &mut LineTable,
    known: &mut HashMap<String, u32>,
) -> gimli::Result<()> {
    let Some(program) = unit.line_program.clone() else {
        return Ok(());
    };
    let mut files: HashMap<u64, u32> = HashMap::new();
    let mut rows = program.rows();
    let mut sequence: Vec<[u32; 3]> = Vec::new();
    while let Some((header, row)) = rows.next_row()? {
        let address = u32::try_from(row.address()).unwrap_or(u32::MAX);
        if row.end_sequence() {
            // The linker sets the addresses of removed functions to 0 or to the largest number.
            let is_removed = sequence.first().is_some_and(|[start, ..]| matches!(*start, 0 | u32::MAX));
            if !is_removed {
                table.rows.append(&mut sequence);
                table.rows.push([address, NO_FILE, 0]);
            }
            sequence.clear();
            continue;
        }
        let file = match files.get(&row.file_index()) {
            Some(file) => *file,
            None => {
                let path = path_of(dwarf, unit, header, row.file_index())?;
                let next = table.files.len() as u32;
                let file = *known.entry(path.clone()).or_insert_with(|| {
                    table.files.push(path);
                    next
                });
                files.insert(row.file_index(), file);
                file
            }
        };
        let line = row.line().map_or(0, |line| line.get() as u32);
        sequence.push([address, if line == 0 { NO_FILE } else { file }, line]);
    }
    Ok(())
}

fn path_of(
    dwarf: &Dwarf<Slice>,
    unit: &Unit<Slice>,
    header: &LineProgramHeader<Slice>,
    index: u64,
) -> gimli::Result<String> {
    let Some(file) = header.file(index) else {
        return Ok(String::new());
    };
    let text = |value: AttributeValue<Slice>| -> gimli::Result<String> {
        Ok(dwarf.attr_string(unit, value)?.to_string_lossy().into_owned())
    };
    let mut path = text(file.path_name())?;
    // Directory 0 is that of the compilation in every version.
    if let Some(directory) = file.directory(header).filter(|_| file.directory_index() != 0) {
        path = join(&text(directory)?, &path);
    }
    if let Some(directory) = unit.comp_dir {
        path = join(&directory.to_string_lossy(), &path);
    }
    Ok(path)
}

fn join(directory: &str, path: &str) -> String {
    if path.starts_with('/') || path.contains(":\\") {
        path.to_owned()
    } else {
        format!("{}/{path}", directory.trim_end_matches('/'))
    }
}
