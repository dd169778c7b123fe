//! The schema for partners, written from the table (XML Schema 1.0).

use super::NAMESPACE;
use super::table::{Field, Kind, MessageKind};
use std::fmt::Write as _;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- Messages of the exchange, version 1.0. Written from crates/protocol/src/exchange/table.rs; do not edit.
     Beyond what a schema can say: the type attribute names the element in Body; the digest is SM3 and the
     signature SM2 (GB/T 32918, identifier 1234567812345678, DER, Base64) over the Canonical XML 1.0 of
     Exchange without its Signature. -->
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="NAMESPACE" targetNamespace="NAMESPACE" elementFormDefault="qualified">
  <xs:simpleType name="Guid"><xs:restriction base="xs:string"><xs:pattern value="[0-9a-f]{32}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Digest"><xs:restriction base="xs:string"><xs:pattern value="[0-9a-f]{64}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Day"><xs:restriction base="xs:date"><xs:pattern value="[12][0-9]{3}-[0-9]{2}-[0-9]{2}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Moment"><xs:restriction base="xs:dateTime"><xs:pattern value="[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\+08:00"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Count"><xs:restriction base="xs:string"><xs:pattern value="0|[1-9][0-9]{0,8}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Yuan"><xs:restriction base="xs:string"><xs:pattern value="(0|[1-9][0-9]{0,11})\.[0-9]{2}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Flag"><xs:restriction base="xs:string"><xs:enumeration value="0"/><xs:enumeration value="1"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Op"><xs:restriction base="xs:string"><xs:enumeration value="I"/><xs:enumeration value="U"/><xs:enumeration value="D"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Organisation"><xs:restriction base="xs:string"><xs:pattern value="[0-9A-Z]{1,32}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Batch"><xs:restriction base="xs:string"><xs:pattern value="[0-9]{8}-[0-9]{4,6}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Purpose"><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="64"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Algorithm"><xs:restriction base="xs:string"><xs:enumeration value="SM2-SM3"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Key"><xs:restriction base="xs:string"><xs:pattern value="[0-9a-f]{16}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Signature"><xs:restriction base="xs:string"><xs:pattern value="[A-Za-z0-9+/]{90,100}={0,2}"/></xs:restriction></xs:simpleType>
"#;

/// The whole schema.
#[must_use]
pub fn schema() -> String {
    let mut out = HEAD.replace("NAMESPACE", NAMESPACE);
    out.push_str("  <xs:simpleType name=\"Type\"><xs:restriction base=\"xs:string\">");
    for kind in MessageKind::ALL {
        let _ = write!(out, "<xs:enumeration value=\"{}\"/>", kind.name());
    }
    out.push_str("</xs:restriction></xs:simpleType>\n");
    for kind in MessageKind::ALL {
        let _ = writeln!(out, "  <xs:complexType name=\"{}\">\n    <xs:sequence>", kind.name());
        kind.fields().iter().for_each(|field| element(&mut out, field, 6));
        out.push_str(
            "    </xs:sequence>\n    <xs:attribute name=\"op\" type=\"Op\" use=\"required\"/>\n  </xs:complexType>\n",
        );
    }
    out.push_str("  <xs:element name=\"Exchange\">\n    <xs:complexType>\n      <xs:sequence>\n");
    out.push_str(ENVELOPE_HEAD);
    out.push_str("        <xs:element name=\"Body\"><xs:complexType><xs:choice>\n");
    for kind in MessageKind::ALL {
        let _ = writeln!(out, "          <xs:element name=\"{}\" type=\"{}\"/>", kind.element(), kind.name());
    }
    out.push_str("        </xs:choice></xs:complexType></xs:element>\n");
    out.push_str(ENVELOPE_END);
    out
}

const ENVELOPE_HEAD: &str = r#"        <xs:element name="Head"><xs:complexType><xs:sequence>
          <xs:element name="From" type="Organisation"/>
          <xs:element name="To" type="Organisation"/>
          <xs:element name="SentAt" type="Moment"/>
          <xs:element name="Batch" type="Batch"/>
          <xs:element name="Purpose"><xs:complexType>
            <xs:attribute name="item" type="Purpose"/>
            <xs:attribute name="case" type="Purpose"/>
          </xs:complexType></xs:element>
        </xs:sequence></xs:complexType></xs:element>
"#;

const ENVELOPE_END: &str = r#"        <xs:element name="Signature"><xs:complexType><xs:simpleContent><xs:extension base="Signature">
          <xs:attribute name="alg" type="Algorithm" use="required"/>
          <xs:attribute name="key" type="Key" use="required"/>
          <xs:attribute name="digest" type="Digest" use="required"/>
        </xs:extension></xs:simpleContent></xs:complexType></xs:element>
      </xs:sequence>
      <xs:attribute name="id" type="Guid" use="required"/>
      <xs:attribute name="type" type="Type" use="required"/>
      <xs:attribute name="version" use="required"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="1.0"/></xs:restriction></xs:simpleType></xs:attribute>
    </xs:complexType>
  </xs:element>
</xs:schema>
"#;

fn element(out: &mut String, field: &Field, indent: usize) {
    let pad = " ".repeat(indent);
    let least = if field.required { "" } else { " minOccurs=\"0\"" };
    let _ = write!(out, "{pad}<xs:element name=\"{}\"{least}", field.name);
    if !field.rows.is_empty() {
        let _ = writeln!(
            out,
            "><xs:complexType><xs:sequence><xs:element name=\"row\" maxOccurs=\"200\"><xs:complexType><xs:sequence>"
        );
        field.rows.iter().for_each(|row| element(out, row, indent + 2));
        let _ = writeln!(
            out,
            "{pad}</xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"
        );
        return;
    }
    let named = match field.kind {
        Kind::Day => "Day",
        Kind::Moment => "Moment",
        Kind::Count => "Count",
        Kind::Yuan => "Yuan",
        Kind::Flag => "Flag",
        Kind::Guid => "Guid",
        Kind::Digest => "Digest",
        Kind::Text(most) => {
            let facets = format!("<xs:minLength value=\"1\"/><xs:maxLength value=\"{most}\"/>");
            return inline(out, &facets);
        }
        Kind::Code(codes) => {
            let facets: String = codes.iter().map(|code| format!("<xs:enumeration value=\"{code}\"/>")).collect();
            return inline(out, &facets);
        }
    };
    let _ = writeln!(out, " type=\"{named}\"/>");
}

fn inline(out: &mut String, facets: &str) {
    let _ = writeln!(
        out,
        "><xs:simpleType><xs:restriction base=\"xs:string\">{facets}</xs:restriction></xs:simpleType></xs:element>"
    );
}
