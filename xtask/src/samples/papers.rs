//! The papers of the demonstration: what a firm brings for its first building qualification.
//! Only the demonstration's people and firms appear.

use super::random::Random;
use super::sheet::{Sheet, WIDTH_MM, ink};
use super::type_case::{Align, Style, TypeCase};
use anyhow::Result;
use tiny_skia::{Color, Pixmap};

/// What a paper is, for the index beside the pictures.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct Paper {
    /// File name without extension.
    pub(super) name: &'static str,
    /// Title printed on it.
    pub(super) title: &'static str,
    /// Material of `jz_first` it serves; empty: it serves none.
    pub(super) material: &'static str,
    /// The number a check would look for, as printed.
    pub(super) figure: &'static str,
    /// How it is photographed.
    pub(super) take: Take,
}

/// How a paper is photographed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Take {
    /// As it should be.
    Good,
    /// Out of focus.
    Blurred,
    /// Too dark.
    Dark,
    /// A corner outside the picture.
    Cut,
}

const FIRM: &str = "示范市宏远建设有限公司";
const FIRM_CODE: &str = "91890100MA8DEM018P";
/// Whose picture is on the title certificate.
pub(super) const CERTIFICATE_HOLDER: &str = "赵强";
const AUDITOR: &str = "示范市公正会计师事务所";

/// Every paper, in the order of the material list.
pub(super) const PAPERS: &[Paper] = &[
    paper("m05-audit-report-1", "审计报告", "m05", "净资产 860.00 万元"),
    paper("m05-audit-report-2", "资产负债表", "m05", "净资产 860.00 万元"),
    paper("m07-lease", "房屋租赁合同", "m07", "建筑面积 320 平方米"),
    paper("m08-title-certificate", "专业技术职务资格证书", "m08", "结构工程 工程师"),
    paper("m08-appointment", "任职文件", "m08", "任职 6 年"),
    paper("m09-performance-1", "工程业绩证明", "m09", "合同价 2360 万元"),
    paper("m09-performance-2", "工程业绩证明", "m09", "合同价 1880 万元"),
    paper("m11-title-list", "中级以上职称人员证书汇总", "m11", "6 人"),
    paper("m13-worker-training", "技术工人培训合格证明", "m13", "32 人"),
    paper("m16-safety-rules", "安全生产管理制度", "m16", ""),
    paper("m17-power-of-attorney", "授权委托书", "m17", ""),
    Paper { take: Take::Blurred, ..paper("x1-audit-report-blurred", "审计报告", "m05", "净资产 860.00 万元") },
    Paper {
        take: Take::Dark, ..paper("x2-title-certificate-dark", "专业技术职务资格证书", "m08", "结构工程 工程师")
    },
    Paper { take: Take::Cut, ..paper("x3-lease-cut", "房屋租赁合同", "m07", "建筑面积 320 平方米") },
    paper("x4-audit-report-below", "审计报告", "m05", "净资产 620.00 万元"),
    paper("x5-notice", "停水通知", "", ""),
];

const fn paper(name: &'static str, title: &'static str, material: &'static str, figure: &'static str) -> Paper {
    Paper { name, title, material, figure, take: Take::Good }
}

/// Sets one paper.
pub(super) fn set(paper: &Paper, case: &TypeCase<'_>, seed: u64, portrait: &Pixmap) -> Result<Pixmap> {
    let random = Random::new(seed, paper.name);
    let cream = [252, 249, 240];
    let white = [250, 250, 249];
    let certificate = paper.name.contains("certificate") || paper.name.contains("training");
    let mut sheet = Sheet::new(case, random, if certificate { cream } else { white })?;
    match paper.name {
        "m05-audit-report-1" | "x1-audit-report-blurred" => {
            audit_report(&mut sheet, "8,600,000.00", "捌佰陆拾万元整", "860.00")?;
        }
        "x4-audit-report-below" => audit_report(&mut sheet, "6,200,000.00", "陆佰贰拾万元整", "620.00")?,
        "m05-audit-report-2" => balance_sheet(&mut sheet)?,
        "m07-lease" | "x3-lease-cut" => lease(&mut sheet)?,
        "m08-title-certificate" | "x2-title-certificate-dark" => title_certificate(&mut sheet, portrait)?,
        "m08-appointment" => appointment(&mut sheet)?,
        "m09-performance-1" => performance(
            &mut sheet,
            "青禾县中山社区综合服务楼",
            "框架结构，地上8层，建筑面积12,600平方米",
            "2360",
            "2022年3月",
            "2023年8月",
        )?,
        "m09-performance-2" => performance(
            &mut sheet,
            "城东区和平农贸市场改造工程",
            "钢结构，单跨24米，建筑面积6,450平方米",
            "1880",
            "2023年10月",
            "2024年12月",
        )?,
        "m11-title-list" => title_list(&mut sheet)?,
        "m13-worker-training" => worker_training(&mut sheet)?,
        "m16-safety-rules" => safety_rules(&mut sheet)?,
        "m17-power-of-attorney" => power_of_attorney(&mut sheet)?,
        _ => notice(&mut sheet)?,
    }
    Ok(sheet.page)
}

fn close(sheet: &mut Sheet<'_>, signed: &str, date: &str, stamp: (&str, &str)) -> Result<()> {
    sheet.y += 10.0;
    let at = sheet.y;
    sheet.note(Align::Right, signed);
    sheet.y += 2.5;
    sheet.note(Align::Right, date);
    sheet.stamp((WIDTH_MM - 58.0, at + 3.0), stamp.0, stamp.1)
}

fn audit_report(sheet: &mut Sheet<'_>, figure: &str, words: &str, short: &str) -> Result<()> {
    sheet.code(168.0, 17.0, 22.0, "DEMO:AUDIT:890100202600186:7K3M-Q9TX")?;
    sheet.text(Style::Sans, 2.6, (179.0, 42.0), Align::Centre, ink(), "验证码 7K3M-Q9TX");
    sheet.y = 40.0;
    sheet.title(11.0, "审 计 报 告");
    sheet.note(Align::Centre, "示公会审字〔2026〕第0186号");
    sheet.y += 2.0;
    sheet.block(Style::Serif, 4.6, 0.0, &format!("{FIRM}全体股东："));
    sheet.heading("一、审计意见");
    sheet.paragraph(&format!("我们审计了{FIRM}（统一社会信用代码{FIRM_CODE}，以下简称贵公司）财务报表，包括2025年12月31日的资产负债表，2025年度的利润表、现金流量表、所有者权益变动表以及财务报表附注。"));
    sheet.paragraph("我们认为，后附的财务报表在所有重大方面按照企业会计准则的规定编制，公允反映了贵公司2025年12月31日的财务状况以及2025年度的经营成果和现金流量。");
    sheet.heading("二、净资产");
    sheet.paragraph(&format!("截至2025年12月31日，贵公司资产总额人民币13,524,000.00元，所有者权益（净资产）人民币{figure}元（大写：人民币{words}），即净资产{short}万元。"));
    sheet.heading("三、形成审计意见的基础");
    sheet.paragraph("我们按照中国注册会计师审计准则的规定执行了审计工作。按照职业道德守则，我们独立于贵公司，并履行了职业道德方面的其他责任。我们相信，我们获取的审计证据是充分、适当的，为发表审计意见提供了基础。");
    sheet.y += 4.0;
    let line = sheet.y;
    sheet.note(Align::Left, "中国注册会计师：");
    sheet.signature(66.0, line - 1.0);
    close(sheet, AUDITOR, "二〇二六年三月十八日", (AUDITOR, "审计专用章"))
}

fn balance_sheet(sheet: &mut Sheet<'_>) -> Result<()> {
    sheet.title(9.0, "资 产 负 债 表");
    sheet.note(Align::Centre, "2025年12月31日");
    sheet.note(Align::Left, &format!("编制单位：{FIRM}          单位：人民币万元"));
    sheet.y += 3.0;
    let rows = [
        ["项目", "期末余额", "年初余额"],
        ["货币资金", "386.20", "301.75"],
        ["应收账款", "412.60", "388.10"],
        ["存货", "168.90", "154.32"],
        ["流动资产合计", "967.70", "844.17"],
        ["固定资产", "352.40", "371.08"],
        ["无形资产", "32.30", "35.90"],
        ["资产总计", "1352.40", "1251.15"],
        ["短期借款", "180.00", "200.00"],
        ["应付账款", "246.80", "231.46"],
        ["应付职工薪酬", "65.60", "58.20"],
        ["负债合计", "492.40", "489.66"],
        ["实收资本", "800.00", "700.00"],
        ["未分配利润", "60.00", "61.49"],
        ["所有者权益（净资产）合计", "860.00", "761.49"],
        ["负债和所有者权益总计", "1352.40", "1251.15"],
    ];
    sheet.table(&[2.2, 1.2, 1.2], &rows.map(|row| row.to_vec()), 10.0);
    let line = sheet.y;
    sheet.note(Align::Left, "法定代表人：陈建国            会计机构负责人：");
    sheet.signature(132.0, line - 1.0);
    sheet.stamp((150.0, sheet.y + 8.0), FIRM, "财务专用章")
}

fn lease(sheet: &mut Sheet<'_>) -> Result<()> {
    sheet.title(10.0, "房 屋 租 赁 合 同");
    sheet.note(Align::Right, "合同编号：SF-2025-0417");
    sheet.block(Style::Serif, 4.5, 0.0, "出租方（甲方）：城东区中山街道资产管理中心");
    sheet.block(Style::Serif, 4.5, 0.0, &format!("承租方（乙方）：{FIRM}"));
    sheet.paragraph("根据《中华人民共和国民法典》的规定，甲乙双方在平等、自愿的基础上，就房屋租赁事宜订立本合同。");
    for text in [
        "第一条　甲方将位于示范市城东区中山街道和平社区建设路18号3层的房屋出租给乙方，建筑面积320平方米，用途为办公。",
        "第二条　租赁期限自2025年5月1日起至2030年4月30日止，共五年。",
        "第三条　年租金为人民币96,000.00元（大写：玖万陆仟元整），乙方于每年5月10日前一次付清。",
        "第四条　甲方保证对该房屋有完全的出租权，房屋无产权纠纷；乙方不得擅自改变房屋结构和用途。",
        "第五条　租赁期满，乙方在同等条件下有优先承租权。",
        "第六条　本合同一式两份，甲乙双方各执一份，自双方签字盖章之日起生效。",
    ] {
        sheet.paragraph(text);
    }
    sheet.y += 8.0;
    let line = sheet.y;
    sheet.note(Align::Left, "甲方（盖章）：                    乙方（盖章）：");
    sheet.note(Align::Left, "2025年4月17日                    2025年4月17日");
    sheet.stamp((62.0, line + 6.0), "城东区中山街道资产管理中心", "合同专用章")?;
    sheet.stamp((146.0, line + 6.0), FIRM, "合同专用章")
}

fn title_certificate(sheet: &mut Sheet<'_>, portrait: &Pixmap) -> Result<()> {
    sheet.border(Color::from_rgba8(160, 30, 40, 255));
    sheet.y = 58.0;
    sheet.title(11.5, "专业技术职务资格证书");
    sheet.y += 8.0;
    sheet.picture(portrait, (146.0, 84.0), 35.0);
    for (name, value) in [
        ("姓　　名", "赵强"),
        ("性　　别", "男"),
        ("证件号码", "890102198605050458"),
        ("专业名称", "结构工程"),
        ("资格名称", "工程师（中级）"),
        ("评审时间", "2019年11月"),
        ("批准机关", "示范市人力资源和社会保障局"),
        ("证书编号", "SF2019-JG-00371"),
    ] {
        let y = sheet.y;
        sheet.text(Style::Sans, 4.9, (36.0, y), Align::Left, ink(), name);
        sheet.text(Style::Serif, 5.1, (66.0, y), Align::Left, ink(), value);
        sheet.y += 13.2;
    }
    sheet.y += 2.0;
    sheet.paragraph("持证人经评审委员会评审，具备上述专业技术职务任职资格，特发此证。");
    close(sheet, "示范市人力资源和社会保障局", "二〇一九年十二月二十日", ("示范市人力资源和社会保障局", "职称专用章"))
}

fn appointment(sheet: &mut Sheet<'_>) -> Result<()> {
    sheet.text(
        Style::SerifBold,
        10.5,
        (WIDTH_MM / 2.0, 46.0),
        Align::Centre,
        Color::from_rgba8(200, 20, 30, 255),
        &format!("{FIRM}文件"),
    );
    sheet.text(Style::Serif, 4.4, (WIDTH_MM / 2.0, 58.0), Align::Centre, ink(), "宏建发〔2020〕12号");
    sheet.rule((26.0, 62.0), (WIDTH_MM - 26.0, 62.0), 0.6);
    sheet.y = 78.0;
    sheet.title(8.0, "关于赵强同志任职的通知");
    sheet.y += 3.0;
    sheet.block(Style::Serif, 4.6, 0.0, "公司各部门、各项目部：");
    sheet.paragraph("经公司研究决定，聘任赵强同志（公民身份号码890102198605050458，结构工程专业工程师）为公司技术负责人，任期自2020年4月1日起，全面负责公司工程技术、质量和标准化工作。");
    sheet.paragraph("赵强同志自2014年起从事工程施工技术管理工作，任技术负责人已满6年，具备建筑工程施工总承包三级资质标准要求的资历。");
    sheet.paragraph("特此通知。");
    sheet.y += 8.0;
    close(sheet, FIRM, "2020年3月26日", (FIRM, "行政专用章"))
}

fn performance(sheet: &mut Sheet<'_>, project: &str, scale: &str, price: &str, begun: &str, done: &str) -> Result<()> {
    sheet.title(10.0, "工程业绩证明");
    sheet.y += 4.0;
    sheet.paragraph(&format!(
        "兹证明由赵强同志任技术负责人主持完成的下列工程，工程质量合格，未发生质量安全事故。合同价款{price}万元。"
    ));
    sheet.y += 4.0;
    let price = format!("{price}万元");
    let rows = vec![
        vec!["项目", "内容"],
        vec!["工程名称", project],
        vec!["工程规模", scale],
        vec!["合同价款", price.as_str()],
        vec!["开工日期", begun],
        vec!["竣工日期", done],
        vec!["质量评定", "合格"],
        vec!["技术负责人", "赵强"],
    ];
    sheet.table(&[1.0, 3.2], &rows, 13.0);
    sheet.paragraph("以上情况属实，特此证明。");
    close(sheet, "建设单位：示范市城市建设投资中心", "2026年4月2日", ("示范市城市建设投资中心", "工程管理专用章"))
}

fn title_list(sheet: &mut Sheet<'_>) -> Result<()> {
    sheet.title(9.0, "中级以上职称人员证书汇总");
    sheet.note(Align::Left, &format!("填报单位：{FIRM}"));
    sheet.y += 3.0;
    let rows = [
        ["序号", "姓名", "专业", "职称", "证书编号"],
        ["1", "赵强", "结构工程", "工程师", "SF2019-JG-00371"],
        ["2", "周伟", "给水排水", "工程师", "SF2018-JP-00215"],
        ["3", "孙丽", "电气工程", "工程师", "SF2021-DQ-00094"],
        ["4", "吴昊", "暖通空调", "工程师", "SF2024-NT-00052"],
        ["5", "王明", "工程造价", "工程师", "SF2022-ZJ-00183"],
        ["6", "马依娜", "建筑施工", "高级工程师", "SF2023-SG-00017"],
    ];
    sheet.table(&[0.7, 1.1, 1.5, 1.5, 2.4], &rows.map(|row| row.to_vec()), 12.0);
    sheet.paragraph("以上6名人员均为本公司在职人员，结构、给水排水、电气专业齐全，证书原件已核对，复印件附后。");
    close(sheet, FIRM, "2026年5月6日", (FIRM, "行政专用章"))
}

fn worker_training(sheet: &mut Sheet<'_>) -> Result<()> {
    sheet.border(Color::from_rgba8(30, 80, 130, 255));
    sheet.y = 46.0;
    sheet.title(10.5, "技术工人培训合格证明");
    sheet.note(Align::Right, "编号：SFPX-2026-0058");
    sheet.paragraph(&format!(
        "{FIRM}选送的32名技术工人，参加了我中心举办的建筑业中级工职业技能培训，经考核成绩合格，达到中级工水平。"
    ));
    sheet.y += 4.0;
    let rows = [
        ["工种", "等级", "合格人数"],
        ["砌筑工", "中级", "8"],
        ["钢筋工", "中级", "8"],
        ["混凝土工", "中级", "6"],
        ["架子工", "中级", "6"],
        ["电工", "中级", "4"],
        ["合计", "—", "32"],
    ];
    sheet.table(&[1.4, 1.0, 1.2], &rows.map(|row| row.to_vec()), 12.0);
    sheet.paragraph("人员名单及考核成绩存档备查。特此证明。");
    close(sheet, "示范市职业技能培训中心", "2026年2月27日", ("示范市职业技能培训中心", "培训专用章"))
}

fn safety_rules(sheet: &mut Sheet<'_>) -> Result<()> {
    sheet.title(9.5, "安全生产管理制度");
    sheet.note(Align::Centre, &format!("（{FIRM}，2026年1月1日起施行）"));
    for text in [
        "第一条　为加强安全生产管理，防止和减少生产安全事故，保障职工生命和财产安全，依据《中华人民共和国安全生产法》和《建设工程安全生产管理条例》，制定本制度。",
        "第二条　公司法定代表人是安全生产第一责任人，对本单位安全生产工作全面负责；各项目经理对所承担工程的施工安全负责。",
        "第三条　公司设立安全管理部，每个项目配备不少于一名专职安全员，持证上岗。",
        "第四条　新进场人员必须接受公司、项目、班组三级安全教育，累计不少于五十学时，考核合格后方可上岗。",
        "第五条　危险性较大的分部分项工程，施工前应当编制专项施工方案，经技术负责人审批后实施，并安排专人现场监督。",
        "第六条　项目部每周、公司每月组织一次安全检查，发现隐患应当立即整改，建立隐患排查治理台账。",
        "第七条　发生生产安全事故，现场人员应当立即报告，公司按规定在一小时内向主管部门报告，不得迟报、漏报、谎报或者瞒报。",
        "第八条　安全生产费用按工程造价的百分之二提取，专款专用，不得挪用。",
    ] {
        sheet.paragraph(text);
    }
    close(sheet, FIRM, "2025年12月20日", (FIRM, "行政专用章"))
}

fn power_of_attorney(sheet: &mut Sheet<'_>) -> Result<()> {
    sheet.title(11.0, "授 权 委 托 书");
    sheet.y += 6.0;
    for (name, value) in [
        ("委托单位", FIRM),
        ("法定代表人", "陈建国　公民身份号码 890102197803150113"),
        ("受委托人", "王明　公民身份号码 890121199001010336"),
    ] {
        sheet.block(Style::Serif, 4.8, 0.0, &format!("{name}：{value}"));
    }
    sheet.y += 3.0;
    sheet.paragraph("现委托王明同志代表我单位办理建筑业企业资质认定（首次申请）事项，代理权限为：提交申请材料，签收受理、补正、决定等文书，领取资质证书。");
    sheet.paragraph("委托期限自2026年5月1日起至2026年12月31日止。受委托人在权限范围内签署的一切有关文件，我单位均予承认。受委托人无转委托权。");
    sheet.y += 10.0;
    let line = sheet.y;
    sheet.note(Align::Left, "法定代表人（签字）：");
    sheet.signature(74.0, line - 1.0);
    sheet.y += 6.0;
    let line = sheet.y;
    sheet.note(Align::Left, "受委托人（签字）：");
    sheet.signature(70.0, line - 1.0);
    close(sheet, FIRM, "2026年5月1日", (FIRM, "行政专用章"))
}

fn notice(sheet: &mut Sheet<'_>) -> Result<()> {
    sheet.title(11.0, "停 水 通 知");
    sheet.y += 6.0;
    sheet.block(Style::Serif, 5.2, 0.0, "和平社区各位居民：");
    sheet.block(Style::Serif, 5.2, 2.0, "因供水管道检修，定于5月12日（星期二）8时至17时对建设路沿线停止供水，请提前做好储水准备。给您带来的不便，敬请谅解。");
    sheet.y += 6.0;
    close(sheet, "和平社区居民委员会", "2026年5月10日", ("和平社区居民委员会", "便民服务章"))
}
