//! Sections for tools. The network's instrumentation reads the sections `name` and `producers` before it compiles a module. It reports
//! some damages, and others end its process.

use crate::validate::Violation;
use wasmparser::{
    CustomSectionReader, IndirectNameMap, KnownCustom, Name, NameMap, NameSectionReader, Parser, Payload,
    ProducersSectionReader, TypeRef,
};

/// Numbers of functions in the sections that were read so far. A section for tools knows only what stands before it.
#[derive(Default)]
struct Functions {
    imported: u32,
    defined: u32,
}

/// The module must be valid as WebAssembly.
pub fn check_custom_sections(module: &[u8]) -> Result<(), Violation> {
    let mut functions = Functions::default();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(reported)? {
            Payload::ImportSection(imports) => {
                for import in imports {
                    if matches!(import.map_err(reported)?.ty, TypeRef::Func(_)) {
                        functions.imported += 1;
                    }
                }
            }
            Payload::CodeSectionEntry(_) => functions.defined += 1,
            Payload::CustomSection(section) => check_custom_section(&section, &functions)?,
            _ => {}
        }
    }
    Ok(())
}

fn check_custom_section(section: &CustomSectionReader, functions: &Functions) -> Result<(), Violation> {
    match section.as_known() {
        KnownCustom::Name(names) => check_names(names, functions),
        KnownCustom::Producers(producers) => check_producers(producers),
        _ => Ok(()),
    }
}

fn check_names(names: NameSectionReader, functions: &Functions) -> Result<(), Violation> {
    for subsection in names {
        match subsection.map_err(reported)? {
            Name::Function(names) => check_function_names(names, functions)?,
            Name::Local(names) | Name::Label(names) | Name::Field(names) => check_indirect_map(names)?,
            Name::Type(names)
            | Name::Table(names)
            | Name::Memory(names)
            | Name::Global(names)
            | Name::Element(names)
            | Name::Data(names)
            | Name::Tag(names) => check_map(names)?,
            Name::Module { .. } | Name::Unknown { .. } => {}
        }
    }
    Ok(())
}

/// Only the names of functions have an error with a text. A name for a function that is not there ends the process.
fn check_function_names(names: NameMap, functions: &Functions) -> Result<(), Violation> {
    for name in names {
        let index = name.map_err(reported)?.index;
        if index >= functions.imported && index - functions.imported >= functions.defined {
            return Err(Violation::Fatal);
        }
    }
    Ok(())
}

fn check_map(names: NameMap) -> Result<(), Violation> {
    for name in names {
        name.map_err(fatal)?;
    }
    Ok(())
}

fn check_indirect_map(names: IndirectNameMap) -> Result<(), Violation> {
    for group in names {
        check_map(group.map_err(fatal)?.names)?;
    }
    Ok(())
}

/// Only the first field is read. It must exist.
fn check_producers(producers: ProducersSectionReader) -> Result<(), Violation> {
    let field = producers.into_iter().next().ok_or(Violation::Fatal)?.map_err(fatal)?;
    for value in field.values {
        value.map_err(fatal)?;
    }
    Ok(())
}

fn reported(error: wasmparser::BinaryReaderError) -> Violation {
    Violation::Malformed(format!("Error from wasmparser: {error}"))
}

fn fatal(_: wasmparser::BinaryReaderError) -> Violation {
    Violation::Fatal
}
