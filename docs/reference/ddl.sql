-- Tables of the ledger. Generated from the table contracts by `python -m yibao.ledger.generate`.

-- 个人账户变动 · personal account move; key: move_id
CREATE TABLE account (
    move_id VARCHAR NOT NULL, -- 变动流水号 · move id
    person_id VARCHAR NOT NULL, -- 账户所有人编号 · account holder's person id (psn_no)
    moved_at TIMESTAMP NOT NULL, -- 变动时间 · time of the move
    kind VARCHAR, -- 变动类别 · kind of move
    amount BIGINT NOT NULL, -- 变动金额 · amount moved [minor unit of the ledger's currency (fen)]
    balance BIGINT, -- 变动后余额 · balance afterwards [minor unit of the ledger's currency (fen)] (balc)
    settlement_id VARCHAR, -- 结算编号 · settlement id (setl_id)
    paid_for_id VARCHAR, -- 被共济人编号 · person id of the relative paid for
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (move_id)
);

-- 救助身份 · assistance status; key: person_id, kind, begin_date
CREATE TABLE assistance_status (
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    kind VARCHAR NOT NULL, -- 身份类别 · status
    begin_date DATE NOT NULL, -- 开始日期 · from (begndate)
    end_date DATE, -- 结束日期 · until (enddate)
    household_id VARCHAR, -- 家庭编号 · household id
    source VARCHAR, -- 认定部门 · granted by
    certificate_no VARCHAR, -- 证明编号 · certificate number
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (person_id, kind, begin_date)
);

-- 床位与设备 · bed or device; key: device_id, begin_at
CREATE TABLE bed_device (
    device_id VARCHAR NOT NULL, -- 床位或设备编号 · bed or device id
    begin_at TIMESTAMP NOT NULL, -- 开始时间 · from
    end_at TIMESTAMP, -- 结束时间（不含） · until (exclusive)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    kind VARCHAR NOT NULL, -- 类别 · kind
    department VARCHAR, -- 科室编码 · department (dept_code)
    ward VARCHAR, -- 病区 · ward (wardarea)
    status VARCHAR NOT NULL, -- 状态 · status
    daily_capacity BIGINT, -- 日能力 · uses a day at most [use per day]
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (device_id, begin_at)
);

-- 待遇累计 · benefit accumulator; key: person_id, year, name
CREATE TABLE benefit_accumulator (
    person_id VARCHAR NOT NULL, -- 人员编号 · person id
    year BIGINT NOT NULL, -- 待遇年度 · insurance year
    scheme VARCHAR, -- 险种类型 · insurance scheme
    region_code VARCHAR, -- 参保地医保区划 · insured region
    name VARCHAR NOT NULL, -- 累计项目 · running figure
    amount BIGINT NOT NULL, -- 累计值（分；次数和取整分子除外） · value (fen; counts and numerators of rounding excepted)
    PRIMARY KEY (person_id, year, name)
);

-- 病例分组 · case group; key: encounter_id, system, version, region
CREATE TABLE case_group (
    encounter_id VARCHAR NOT NULL, -- 就诊（病例）编号 · encounter (case) id
    system VARCHAR NOT NULL, -- 分组方案 · grouping scheme
    version VARCHAR NOT NULL, -- 分组版本 · version
    region VARCHAR NOT NULL, -- 适用地区 · region
    person_id VARCHAR, -- 人员编号 · person id
    institution_id VARCHAR, -- 定点医药机构编号 · institution id
    status VARCHAR NOT NULL, -- 分组状态 · status
    reason VARCHAR, -- 原因 · reason
    major_category VARCHAR, -- 主要诊断大类（MDC） · major diagnostic category (MDC)
    base_group VARCHAR, -- 核心组（ADRG） · base group (ADRG)
    group_code VARCHAR, -- 病组编码 · group code
    group_name VARCHAR, -- 病组名称 · group name
    matched VARCHAR, -- 命中的条件 · condition that took the case
    complication VARCHAR, -- 计入的合并症并发症级别（排除后） · level of the complications that count (after exclusions)
    complication_code VARCHAR, -- 仅有一个计入的合并症并发症时的编码 · its code, where exactly one counts at that level
    plain_group VARCHAR, -- 不计合并症并发症时的病组 · group without complications
    weight_ppm BIGINT, -- 权重（百万分之一） · relative weight in parts per million [part per million]
    plain_weight_ppm BIGINT, -- 不计合并症并发症时的权重 · weight of the group without complications [part per million]
    standard_amount BIGINT, -- 支付标准 · payment standard [minor unit of the ledger's currency (fen)]
    plain_standard_amount BIGINT, -- 不计合并症并发症时的支付标准 · payment standard of the group without complications [minor unit of the ledger's currency (fen)]
    amount BIGINT, -- 住院总费用 · cost of the stay [minor unit of the ledger's currency (fen)]
    los_days BIGINT, -- 住院天数 · length of stay [day]
    discharged_at TIMESTAMP, -- 出院时间 · time of discharge
    discharge_way VARCHAR, -- 离院方式 · way of discharge
    checks VARCHAR, -- 分组前检查（检查项:编码，空格分隔） · checks before grouping (check:code, separated by spaces)
    score BIGINT, -- 分值 · score [thousandth of the unit]
    explanation_zh VARCHAR, -- 中文说明 · explanation in Chinese
    explanation_en VARCHAR, -- 英文说明 · explanation in English
    PRIMARY KEY (encounter_id, system, version, region)
);

-- 病组绩效指标 · casemix index; key: institution_id, measure, variant, period_from
CREATE TABLE casemix_index (
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id
    measure VARCHAR NOT NULL, -- 指标 · measure
    variant VARCHAR NOT NULL, -- 口径 · variant
    period_from DATE NOT NULL, -- 期间起 · period from
    period_to DATE, -- 期间止（不含） · period until (exclusive)
    cases BIGINT, -- 病例数 · cases
    numerator BIGINT, -- 分子 · numerator
    denominator BIGINT, -- 分母 · denominator
    expected_ppm BIGINT, -- 期望值（百万分之一） · expected number in parts per million [part per million]
    value_ppm BIGINT, -- 指标值（百万分之一） · value in parts per million [part per million]
    lower_ppm BIGINT, -- 95% 区间下限（百万分之一） · lower end of the 95 % interval in parts per million [part per million]
    upper_ppm BIGINT, -- 95% 区间上限（百万分之一） · upper end of the 95 % interval in parts per million [part per million]
    note VARCHAR, -- 说明 · note
    PRIMARY KEY (institution_id, measure, variant, period_from)
);

-- 医保目录项目 · catalogue item; key: item_code, valid_from
CREATE TABLE catalogue_item (
    item_code VARCHAR NOT NULL, -- 医保目录编码 · catalogue item code (med_list_codg)
    valid_from DATE NOT NULL, -- 生效日期 · valid from (begndate)
    valid_to DATE, -- 失效日期（不含） · valid until (exclusive) (enddate)
    name VARCHAR, -- 名称 · name
    name_en VARCHAR, -- 英文名称 · English name
    brand_name VARCHAR, -- 商品名称 · brand name
    specification VARCHAR, -- 规格 · specification
    dosage_form VARCHAR, -- 剂型 · dosage form
    manufacturer VARCHAR, -- 生产企业 · manufacturer
    list_type VARCHAR, -- 目录类别 · catalogue list (list_type)
    charge_type VARCHAR, -- 医疗收费项目类别 · charge category (med_chrgitm_type)
    payment_class VARCHAR, -- 收费项目等级 · payment class (chrgitm_lv)
    unit_price BIGINT, -- 单价 · unit price [millionth of the currency's major unit] (pric)
    ceiling_price BIGINT, -- 定价上限金额 · ceiling price [millionth of the currency's major unit] (pric_uplmt_amt)
    first_share_rate BIGINT, -- 先行自付比例 · first-share rate [basis point, 1/10 000] (selfpay_prop)
    pricing_unit VARCHAR, -- 计价单位 · pricing unit
    pack_unit VARCHAR, -- 包装单位 · pack unit
    pack_factor BIGINT, -- 每包装含计价单位数 · pricing units in one pack
    ingredient_code VARCHAR, -- 成分编码 · ingredient code
    prescription_only BOOLEAN, -- 处方药标志 · sold on prescription only
    restriction VARCHAR, -- 限定支付范围 · payment restriction
    version VARCHAR, -- 目录版本 · version of the catalogue
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (item_code, valid_from)
);

-- 费用明细 · charge line; key: line_id
CREATE TABLE charge_line (
    line_id VARCHAR NOT NULL, -- 费用明细流水号 · charge line id (feedetl_sn)
    settlement_id VARCHAR, -- 结算编号 · settlement id (setl_id)
    encounter_id VARCHAR, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    item_code VARCHAR NOT NULL, -- 医保目录编码 · catalogue item code (med_list_codg)
    local_code VARCHAR, -- 机构目录编码 · institution's own item code (medins_list_codg)
    item_name VARCHAR, -- 机构目录名称 · item name at the institution (medins_list_name)
    list_type VARCHAR, -- 目录类别 · catalogue list (list_type)
    charge_type VARCHAR, -- 医疗收费项目类别 · charge category (med_chrgitm_type)
    payment_class VARCHAR, -- 收费项目等级 · payment class (chrgitm_lv)
    quantity BIGINT NOT NULL, -- 数量 · quantity [thousandth of the unit] (cnt)
    unit_price BIGINT, -- 单价 · unit price [millionth of the currency's major unit] (pric)
    amount BIGINT NOT NULL, -- 明细项目费用总额 · amount charged [minor unit of the ledger's currency (fen)] (det_item_fee_sumamt)
    ceiling_price BIGINT, -- 定价上限金额 · ceiling price per unit [millionth of the currency's major unit] (pric_uplmt_amt)
    first_share_rate BIGINT, -- 先行自付比例 · first-share rate [basis point, 1/10 000] (selfpay_prop)
    not_covered_amount BIGINT, -- 全自费金额 · amount not covered [minor unit of the ledger's currency (fen)] (fulamt_ownpay_amt)
    over_limit_amount BIGINT, -- 超限价自费金额 · amount above the ceiling price [minor unit of the ledger's currency (fen)] (overlmt_amt)
    first_share_amount BIGINT, -- 先行自付金额 · first-share amount [minor unit of the ledger's currency (fen)] (preselfpay_amt)
    eligible_amount BIGINT, -- 符合政策范围金额 · eligible amount [minor unit of the ledger's currency (fen)] (inscp_scp_amt)
    fund_amount BIGINT, -- 基金支付金额 · amount paid by the fund [minor unit of the ledger's currency (fen)] (fund_amt)
    charged_at TIMESTAMP NOT NULL, -- 费用发生时间 · time charged (fee_ocur_time)
    executed_at TIMESTAMP, -- 执行时间 · time carried out (exec_time)
    order_id VARCHAR, -- 医嘱号 · order id (drord_no)
    prescription_id VARCHAR, -- 处方号 · prescription id (rxno)
    department VARCHAR, -- 开单科室编码 · billing department (bilg_dept_codg)
    staff_id VARCHAR, -- 开单医师编码 · billing doctor id (bilg_dr_codg)
    days_supply BIGINT, -- 用药天数 · days of supply [day] (medc_days)
    restriction_met BOOLEAN, -- 限制使用条件是否满足 · restricted-use condition met (lmt_used_flag)
    reversed_line_id VARCHAR, -- 原费用明细流水号 · id of the line reversed (init_feedetl_sn)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (line_id)
);

-- 门诊慢特病备案 · chronic-disease certificate; key: certificate_id
CREATE TABLE chronic_certificate (
    certificate_id VARCHAR NOT NULL, -- 备案编号 · certificate id
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    scheme VARCHAR, -- 险种类型 · insurance scheme (insutype)
    disease_code VARCHAR NOT NULL, -- 门慢门特病种代码 · disease code of the benefit (opsp_dise_code)
    disease_name VARCHAR, -- 门慢门特病种名称 · disease name (opsp_dise_name)
    institution_id VARCHAR, -- 选定机构编号 · chosen institution id (fixmedins_code)
    begin_date DATE NOT NULL, -- 开始日期 · from (begndate)
    end_date DATE, -- 结束日期 · until (enddate)
    yearly_quota BIGINT, -- 年度支付限额 · yearly quota [minor unit of the ledger's currency (fen)]
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (certificate_id)
);

-- 异地清算轧差 · net clearing position; key: month, region_code
CREATE TABLE clearing_balance (
    month DATE NOT NULL, -- 月份（月初） · month (its first day)
    region_code VARCHAR NOT NULL, -- 统筹区 · pooling region
    receivable_amount BIGINT NOT NULL, -- 应收（账面） · receivable (booked) [minor unit of the ledger's currency (fen)]
    payable_amount BIGINT NOT NULL, -- 应付（账面） · payable (booked) [minor unit of the ledger's currency (fen)]
    net_amount BIGINT NOT NULL, -- 净额（正为净收） · net (positive: receives) [minor unit of the ledger's currency (fen)]
    due_net_amount BIGINT NOT NULL, -- 按政策应付计算的净额 · net by what is due under the policies [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (month, region_code)
);

-- 异地清算明细 · clearing between regional funds; key: month, paying_region, receiving_region, scheme
CREATE TABLE clearing_line (
    month DATE NOT NULL, -- 月份（月初） · month (its first day)
    paying_region VARCHAR NOT NULL, -- 付款统筹区（参保地） · paying pool (insured place) (insu_admdvs)
    receiving_region VARCHAR NOT NULL, -- 收款统筹区（就医地） · receiving pool (place of care) (mdtrtarea_admdvs)
    scheme VARCHAR NOT NULL, -- 险种类型 · insurance scheme (insutype)
    bills BIGINT NOT NULL, -- 结算笔数 · settlements
    persons BIGINT NOT NULL, -- 人数 · persons
    total_amount BIGINT NOT NULL, -- 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    fund_amount BIGINT NOT NULL, -- 账面基金支付 · paid by funds as booked [minor unit of the ledger's currency (fen)]
    due_amount BIGINT NOT NULL, -- 按政策应付 · due under the policy [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (month, paying_region, receiving_region, scheme)
);

-- 病历文书 · clinical note; key: note_id
CREATE TABLE clinical_note (
    note_id VARCHAR NOT NULL, -- 文书流水号 · note id
    encounter_id VARCHAR NOT NULL, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    kind VARCHAR NOT NULL, -- 文书类别 · kind
    written_at TIMESTAMP NOT NULL, -- 书写时间 · time written
    staff_id VARCHAR, -- 书写人编码 · staff id (dr_code)
    content VARCHAR NOT NULL, -- 正文 · text
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (note_id)
);

-- 疑点 · clue; key: clue_id
CREATE TABLE clue (
    clue_id VARCHAR NOT NULL, -- 疑点编号 · clue id
    law_id VARCHAR NOT NULL, -- 规则编号 · law id
    institution_id VARCHAR, -- 定点医药机构编号 · institution id
    period_from DATE NOT NULL, -- 期间起 · period from
    period_to DATE NOT NULL, -- 期间止（不含） · period until (exclusive)
    result VARCHAR NOT NULL, -- 判断 · judgement
    state VARCHAR NOT NULL, -- 状态 · state
    title_zh VARCHAR NOT NULL, -- 中文标题 · title in Chinese
    title_en VARCHAR NOT NULL, -- 英文标题 · title in English
    findings BIGINT NOT NULL, -- 命中数 · findings
    persons BIGINT NOT NULL, -- 涉及人数 · persons
    amount BIGINT NOT NULL, -- 涉及费用 · amount at stake [minor unit of the ledger's currency (fen)]
    fund_amount BIGINT NOT NULL, -- 涉及基金 · fund amount at stake [minor unit of the ledger's currency (fen)]
    strength_ppm BIGINT, -- 强度（百万分之一） · strength in parts per million [part per million]
    opened_at TIMESTAMP NOT NULL, -- 产生时间 · time opened
    due_on DATE, -- 期限 · due date
    PRIMARY KEY (clue_id)
);

-- 疑点认定 · decision on a clue; key: decision_id
CREATE TABLE clue_decision (
    decision_id VARCHAR NOT NULL, -- 认定编号 · decision id
    clue_id VARCHAR, -- 疑点编号 · clue id
    finding_id VARCHAR, -- 命中编号 · finding id
    law_id VARCHAR NOT NULL, -- 规则编号 · law id
    law_version VARCHAR, -- 规则版本 · law version
    institution_id VARCHAR, -- 定点医药机构编号 · institution id (fixmedins_code)
    outcome VARCHAR NOT NULL, -- 认定 · outcome
    amount_claimed BIGINT, -- 疑点涉及金额 · amount claimed [minor unit of the ledger's currency (fen)]
    amount_upheld BIGINT NOT NULL, -- 认定金额 · amount upheld [minor unit of the ledger's currency (fen)]
    sampled BOOLEAN, -- 随机抽查 · from the random sample
    decided_at TIMESTAMP NOT NULL, -- 认定时间 · time decided
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (decision_id)
);

-- 疾病诊断编码 · diagnosis code; key: code, version
CREATE TABLE code_diagnosis (
    code VARCHAR NOT NULL, -- 编码 · code (diag_code)
    version VARCHAR NOT NULL, -- 编码版本 · version of the list
    name VARCHAR, -- 名称 · name (diag_name)
    name_en VARCHAR, -- 英文名称 · English name
    chapter VARCHAR, -- 章 · chapter
    category VARCHAR, -- 类目 · category
    sex VARCHAR, -- 限定性别 · sex allowed
    age_from_days BIGINT, -- 年龄下限（天，含） · youngest age in days (inclusive) [day]
    age_to_days BIGINT, -- 年龄上限（天，不含） · oldest age in days (exclusive) [day]
    is_gray BOOLEAN, -- 灰码（不作主要诊断） · gray code (not for a main diagnosis)
    complication VARCHAR, -- 并发症或合并症级别 · level of complication or comorbidity
    valid_from DATE, -- 生效日期 · valid from
    valid_to DATE, -- 失效日期（不含） · valid until (exclusive)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (code, version)
);

-- 编码对照 · code map; key: kind, from_system, institution_id, from_code, to_system, to_code, status, decided_at
CREATE TABLE code_map (
    kind VARCHAR NOT NULL, -- 编码类别 · kind of code
    from_system VARCHAR NOT NULL, -- 来源编码体系（local 为机构自有编码） · system of the source code (local = an institution's own)
    institution_id VARCHAR, -- 定点医药机构编号（空为所有机构） · institution whose code it is (empty = every one) (fixmedins_code)
    from_code VARCHAR NOT NULL, -- 来源编码 · source code
    from_name VARCHAR, -- 来源名称 · source name
    to_system VARCHAR NOT NULL, -- 目标编码体系或版本 · system or version of the target code
    to_code VARCHAR, -- 目标编码（否决全部候选时为空） · target code (empty when every candidate is rejected)
    to_name VARCHAR, -- 目标名称 · target name
    status VARCHAR NOT NULL, -- 状态 · status
    decided_at TIMESTAMP NOT NULL, -- 建议或决定的时间 · when it was suggested or decided
    decided_by VARCHAR, -- 决定人 · decided by
    reason VARCHAR, -- 否决理由或备注 · reason of a rejection or remark
    source VARCHAR, -- 依据（文件或方式） · what it rests on (file or way)
    rank BIGINT, -- 候选名次 · place among the candidates
    similarity_ppm BIGINT, -- 相似度（百万分之一） · similarity in parts per million [part per million]
    is_ambiguous BOOLEAN, -- 与次选难分 · hardly better than the next candidate
    why_zh VARCHAR, -- 建议理由（中文） · why it is suggested (Chinese)
    why_en VARCHAR, -- 建议理由（英文） · why it is suggested (English)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL -- 入库批次 · batch
);

-- 手术操作编码 · procedure code; key: code, version
CREATE TABLE code_procedure (
    code VARCHAR NOT NULL, -- 编码 · code (oprn_oprt_code)
    version VARCHAR NOT NULL, -- 编码版本 · version of the list
    name VARCHAR, -- 名称 · name (oprn_oprt_name)
    name_en VARCHAR, -- 英文名称 · English name
    chapter VARCHAR, -- 章 · chapter
    category VARCHAR, -- 类目 · category
    sex VARCHAR, -- 限定性别 · sex allowed
    kind VARCHAR, -- 手术操作类别 · kind (oprn_oprt_type)
    is_gray BOOLEAN, -- 灰码 · gray code
    valid_from DATE, -- 生效日期 · valid from
    valid_to DATE, -- 失效日期（不含） · valid until (exclusive)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (code, version)
);

-- 工伤与第三方赔付 · compensation; key: compensation_id
CREATE TABLE compensation (
    compensation_id VARCHAR NOT NULL, -- 赔付编号 · compensation id
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    payer VARCHAR NOT NULL, -- 赔付方 · who pays
    encounter_id VARCHAR, -- 就诊编号 · encounter id (mdtrt_id)
    bill_code VARCHAR, -- 票据代码 · bill code (bill_code)
    bill_no VARCHAR, -- 票据号码 · bill number (bill_no)
    institution_id VARCHAR, -- 就医机构编号 · id of the institution that gave the care (fixmedins_code)
    care_from DATE, -- 就医开始日期 · first day of the care
    care_to DATE, -- 就医结束日期 · last day of the care
    bill_amount BIGINT, -- 所涉医疗费用 · medical bill concerned [minor unit of the ledger's currency (fen)]
    amount BIGINT NOT NULL, -- 赔付的医疗费用 · paid for medical care [minor unit of the ledger's currency (fen)]
    repaid_amount BIGINT, -- 已退回医保基金的金额 · amount that went back to the medical fund [minor unit of the ledger's currency (fen)]
    decided_on DATE NOT NULL, -- 认定（赔付）日期 · date decided
    status VARCHAR NOT NULL, -- 状态 · status
    source VARCHAR, -- 信息来源 · department or insurer that reported it
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (compensation_id)
);

-- 年内转移接续 · move within an insurance year; key: settlement_id
CREATE TABLE continuity_move (
    settlement_id VARCHAR NOT NULL, -- 变动后首次结算 · first settlement after the move
    person_id VARCHAR NOT NULL, -- 人员编号 · person id
    year BIGINT NOT NULL, -- 待遇年度 · insurance year
    settled_at TIMESTAMP NOT NULL, -- 结算时间 · time of the settlement
    kind VARCHAR NOT NULL, -- 变动 · what changed
    from_policy VARCHAR NOT NULL, -- 原政策 · policy before
    to_policy VARCHAR NOT NULL, -- 现政策 · policy after
    carried VARCHAR NOT NULL, -- 延续的累计 · accumulators that go on
    restarted VARCHAR NOT NULL, -- 重新计算的累计 · accumulators that restart
    PRIMARY KEY (settlement_id)
);

-- 缴费 · contribution; key: contribution_id
CREATE TABLE contribution (
    contribution_id VARCHAR NOT NULL, -- 缴费流水号 · contribution id
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    enrolment_id VARCHAR, -- 参保关系编号 · enrolment id (psn_insu_rlts_id)
    scheme VARCHAR, -- 险种类型 · insurance scheme (insutype)
    region_code VARCHAR, -- 参保地医保区划 · insured region (insu_admdvs)
    employer_id VARCHAR, -- 单位编号 · employer id (emp_no)
    month DATE NOT NULL, -- 费款所属期（月初） · month paid for (its first day)
    kind VARCHAR, -- 缴费类别 · kind of payment
    base_amount BIGINT, -- 缴费基数 · contribution base [minor unit of the ledger's currency (fen)]
    employer_amount BIGINT, -- 单位缴费 · employer's part [minor unit of the ledger's currency (fen)]
    person_amount BIGINT, -- 个人缴费 · person's part [minor unit of the ledger's currency (fen)]
    subsidy_amount BIGINT, -- 财政补助 · public subsidy [minor unit of the ledger's currency (fen)]
    amount BIGINT NOT NULL, -- 缴费合计 · total paid [minor unit of the ledger's currency (fen)]
    account_credit BIGINT, -- 划入个人账户金额 · credited to the personal account [minor unit of the ledger's currency (fen)]
    paid_on DATE, -- 到账日期 · date received
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (contribution_id)
);

-- 异地就医申报 · cross-region bill; key: reported_by, settlement_id
CREATE TABLE cross_region_bill (
    reported_by VARCHAR NOT NULL, -- 申报方区划 · region that reports
    side VARCHAR NOT NULL, -- 申报方身份 · side of the one who reports
    settlement_id VARCHAR NOT NULL, -- 结算编号 · settlement id (setl_id)
    encounter_id VARCHAR, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    institution_id VARCHAR, -- 机构编号 · institution id (fixmedins_code)
    insured_region VARCHAR, -- 参保地医保区划 · insured region (insu_admdvs)
    care_region VARCHAR, -- 就医地区划 · region of care (mdtrtarea_admdvs)
    admitted_at TIMESTAMP, -- 就诊（入院）时间 · time of the visit or admission (begntime)
    settled_at TIMESTAMP NOT NULL, -- 结算时间 · time of the settlement (setl_time)
    total_amount BIGINT NOT NULL, -- 医疗费总额 · total amount [minor unit of the ledger's currency (fen)] (medfee_sumamt)
    fund_amount BIGINT, -- 基金支付总额 · paid by funds [minor unit of the ledger's currency (fen)] (fund_pay_sumamt)
    reversed_settlement_id VARCHAR, -- 原结算编号 · id of the settlement reversed (init_setl_id)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (reported_by, settlement_id)
);

-- 死亡信息来源 · source of death; key: death_source_id
CREATE TABLE death_source (
    death_source_id VARCHAR NOT NULL, -- 报告编号 · report id
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    source VARCHAR NOT NULL, -- 来源 · source
    death_date DATE NOT NULL, -- 死亡日期 · date of death (die_date)
    reported_on DATE, -- 报告日期 · date reported
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (death_source_id)
);

-- 诊断 · diagnosis; key: encounter_id, sequence
CREATE TABLE diagnosis (
    encounter_id VARCHAR NOT NULL, -- 就诊编号 · encounter id (mdtrt_id)
    sequence BIGINT NOT NULL, -- 诊断排序号 · sequence (diag_srt_no)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    code VARCHAR NOT NULL, -- 诊断编码 · diagnosis code (diag_code)
    name VARCHAR, -- 诊断名称 · diagnosis name (diag_name)
    code_version VARCHAR, -- 编码版本（空为账本通用的医保版） · version of the code list (empty = the insurance edition of the ledger)
    kind VARCHAR, -- 诊断类别 · kind of diagnosis (diag_type)
    is_main BOOLEAN, -- 主诊断标志 · main diagnosis (maindiag_flag)
    admission_condition VARCHAR, -- 入院病情 · condition on admission (adm_cond_type)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (encounter_id, sequence)
);

-- 药品追溯码销售 · drug trace; key: move_id
CREATE TABLE drug_trace (
    move_id VARCHAR NOT NULL, -- 销售流水号 · move id
    trace_code VARCHAR NOT NULL, -- 药品追溯码 · drug trace code (drug_trac_codg)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    person_id VARCHAR, -- 人员编号（非参保销售可空） · person id (may be empty for a sale outside insurance) (psn_no)
    encounter_id VARCHAR, -- 就诊编号 · encounter id (mdtrt_id)
    settlement_id VARCHAR, -- 结算编号 · settlement id (setl_id)
    item_code VARCHAR, -- 医保目录编码 · catalogue item code (med_list_codg)
    quantity BIGINT NOT NULL, -- 销售或退货数量 · quantity sold or returned [thousandth of the unit] (sel_retn_cnt)
    sold_at TIMESTAMP NOT NULL, -- 销售或退货时间 · time sold or returned (sel_retn_time)
    split_pack BOOLEAN, -- 拆零标志 · split pack (trdn_flag)
    insured BOOLEAN, -- 医保结算标志 · settled by insurance
    document_no VARCHAR, -- 零售单据号 · retail document number (rtal_docno)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (move_id)
);

-- 参保单位 · employer; key: employer_id
CREATE TABLE employer (
    employer_id VARCHAR NOT NULL, -- 单位编号 · employer id (emp_no)
    name VARCHAR, -- 单位名称 · name (emp_name)
    kind VARCHAR, -- 单位类型 · kind (emp_type)
    region_code VARCHAR, -- 参保地医保区划 · insured region (insu_admdvs)
    phone VARCHAR, -- 联系电话 · telephone (tel)
    address VARCHAR, -- 地址 · address (addr)
    registered_on DATE, -- 登记日期 · date registered
    ended_on DATE, -- 注销日期 · date deregistered
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (employer_id)
);

-- 就诊 · encounter; key: encounter_id
CREATE TABLE encounter (
    encounter_id VARCHAR NOT NULL, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    kind VARCHAR NOT NULL, -- 医疗类别 · kind of care (med_type)
    scheme VARCHAR, -- 险种类型 · insurance scheme (insutype)
    department VARCHAR, -- 科室编码 · department (dept_code)
    staff_id VARCHAR, -- 医师编码 · doctor id (dr_code)
    admitted_at TIMESTAMP NOT NULL, -- 开始（入院或就诊）时间 · time of admission or visit (begntime)
    discharged_at TIMESTAMP, -- 结束（出院）时间 · time of discharge (endtime)
    discharge_way VARCHAR, -- 离院方式 · way of discharge (dscg_way)
    main_diagnosis VARCHAR, -- 出院主要诊断编码 · main diagnosis code (dscg_main_diag_code)
    bed_id VARCHAR, -- 床位编号 · bed id (bed_no)
    ward VARCHAR, -- 病区 · ward (wardarea)
    certificate VARCHAR, -- 就诊凭证类型 · certificate shown (mdtrt_cert_type)
    out_of_region BOOLEAN, -- 异地就医标志 · care outside the insured region (out_med_flag)
    is_online BOOLEAN, -- 互联网诊疗标志 · visit over the internet
    readmission_planned BOOLEAN, -- 出院 31 天内再住院计划标志 · readmission planned within 31 days (days_rinp_flag_31)
    readmission_purpose VARCHAR, -- 出院 31 天内再住院目的 · purpose of the planned readmission (days_rinp_pup_31)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (encounter_id)
);

-- 参保 · enrolment; key: enrolment_id
CREATE TABLE enrolment (
    enrolment_id VARCHAR NOT NULL, -- 参保关系编号 · enrolment id (psn_insu_rlts_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    scheme VARCHAR NOT NULL, -- 险种类型 · insurance scheme (insutype)
    region_code VARCHAR, -- 参保地医保区划 · insured region (insu_admdvs)
    employer_id VARCHAR, -- 单位编号 · employer id (emp_no)
    status VARCHAR, -- 人员参保状态 · status (psn_insu_stas)
    person_class VARCHAR, -- 人员类别 · class of person (psn_type)
    begin_date DATE NOT NULL, -- 开始日期 · from (begndate)
    end_date DATE, -- 结束日期 · until (enddate)
    benefit_from DATE, -- 待遇享受开始日期（等待期满，空为参保即享） · entitled from (after a waiting period; empty = at once)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (enrolment_id)
);

-- 参保问题 · enrolment issue; key: issue_id
CREATE TABLE enrolment_issue (
    issue_id VARCHAR NOT NULL, -- 问题编号 · issue id
    law_id VARCHAR NOT NULL, -- 规则编号 · law id
    law_version VARCHAR NOT NULL, -- 规则版本 · law version
    person_id VARCHAR NOT NULL, -- 人员编号 · person id
    enrolment_id VARCHAR, -- 参保关系编号 · enrolment id
    other_person_id VARCHAR, -- 另一人员编号 · the other person id
    other_enrolment_id VARCHAR, -- 另一参保关系编号 · the other enrolment id
    begin_date DATE, -- 问题开始日期 · from
    end_date DATE, -- 问题结束日期 · until
    confidence_ppm BIGINT, -- 置信度（百万分之一） · confidence in parts per million [part per million]
    amount BIGINT, -- 涉及金额 · amount concerned [minor unit of the ledger's currency (fen)]
    explanation_zh VARCHAR NOT NULL, -- 中文说明 · explanation in Chinese
    explanation_en VARCHAR NOT NULL, -- 英文说明 · explanation in English
    PRIMARY KEY (issue_id)
);

-- 检查检验归类 · examination class; key: item_code, related_group
CREATE TABLE exam_class (
    item_code VARCHAR NOT NULL, -- 医保目录编码 · catalogue item code (med_list_codg)
    related_group VARCHAR NOT NULL, -- 相关组 · related group
    exam_class VARCHAR NOT NULL, -- 等同归类编号 · equivalence class id
    class_name VARCHAR, -- 归类名称 · class name
    class_name_en VARCHAR, -- 归类英文名称 · class name in English
    modality VARCHAR, -- 检查方式 · modality
    body_part VARCHAR, -- 部位 · body part
    contrast VARCHAR, -- 增强方式 · contrast
    equal_window_days BIGINT, -- 等同检查互认天数 · recognition window for equal examinations [day]
    related_name VARCHAR, -- 相关组名称 · related group name
    related_name_en VARCHAR, -- 相关组英文名称 · related group name in English
    related_window_days BIGINT, -- 相关检查提醒天数（空为90） · window for related examinations (90 when empty) [day]
    report_lag_days BIGINT, -- 报告允许滞后天数 · days a report may follow the charge [day]
    valid_from DATE, -- 生效日期 · valid from
    valid_to DATE, -- 失效日期（不含） · valid until (exclusive)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (item_code, related_group)
);

-- 检查检验报告 · examination report; key: report_id
CREATE TABLE exam_report (
    report_id VARCHAR NOT NULL, -- 报告单号 · report id
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    encounter_id VARCHAR, -- 就诊编号 · encounter id (mdtrt_id)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    item_code VARCHAR NOT NULL, -- 医保目录编码 · catalogue item code (med_list_codg)
    order_id VARCHAR, -- 医嘱号 · order id (drord_no)
    body_part VARCHAR, -- 检查部位 · body part
    examined_at TIMESTAMP NOT NULL, -- 检查时间 · time examined
    reported_at TIMESTAMP, -- 报告时间 · time reported
    device_id VARCHAR, -- 设备编号 · device id
    staff_id VARCHAR, -- 报告医师编码 · reporting doctor id (dr_code)
    status VARCHAR, -- 报告状态 · status
    conclusion VARCHAR, -- 结论 · conclusion
    recognition_mark VARCHAR, -- 互认标识 · mutual-recognition mark
    recognition_scope VARCHAR, -- 互认范围（区划前缀） · recognition scope (region code prefix)
    content_hash VARCHAR, -- 影像或结果指纹 · fingerprint of the images or results
    quality_ok BOOLEAN, -- 质量合格 · quality sufficient
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (report_id)
);

-- 执行与记录 · execution; key: execution_id
CREATE TABLE execution (
    execution_id VARCHAR NOT NULL, -- 执行流水号 · execution id
    order_id VARCHAR, -- 医嘱号 · order id (drord_no)
    encounter_id VARCHAR NOT NULL, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    executed_at TIMESTAMP NOT NULL, -- 执行时间 · time carried out (exec_time)
    staff_id VARCHAR, -- 执行人编码 · staff id (dr_code)
    kind VARCHAR NOT NULL, -- 类别 · kind
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (execution_id)
);

-- 豁免 · exemption; key: exemption_id
CREATE TABLE exemption (
    exemption_id VARCHAR NOT NULL, -- 豁免编号 · exemption id
    kind VARCHAR NOT NULL, -- 类别 · kind
    law_id VARCHAR, -- 规则编号（空为所有适用规则） · law id (every law that admits the kind when empty)
    person_id VARCHAR, -- 人员编号 · person id
    institution_id VARCHAR, -- 机构编号 · institution id
    encounter_id VARCHAR, -- 就诊编号 · encounter id
    item_code VARCHAR, -- 项目编码 · item code
    begin_at TIMESTAMP, -- 适用期间起 · holds from
    end_at TIMESTAMP, -- 适用期间止（不含） · holds until (exclusive)
    evidence_kind VARCHAR NOT NULL, -- 证据类别 · kind of evidence
    evidence_no VARCHAR, -- 证据编号 · evidence number
    owner VARCHAR NOT NULL, -- 责任人 · owner
    approved_on DATE, -- 批准日期 · approved on
    expires_on DATE, -- 到期日期（不含） · expires on (exclusive)
    note VARCHAR, -- 说明 · note
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (exemption_id)
);

-- 亲属关系 · family link; key: person_id, relative_id
CREATE TABLE family_link (
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    relative_id VARCHAR NOT NULL, -- 亲属人员编号 · relative's person id
    relation VARCHAR, -- 亲属与本人的关系 · what the relative is to the person
    household_id VARCHAR, -- 家庭编号 · household id
    begin_date DATE, -- 关系开始日期 · from
    end_date DATE, -- 关系结束日期 · until
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (person_id, relative_id)
);

-- 命中 · finding; key: finding_id
CREATE TABLE finding (
    finding_id VARCHAR NOT NULL, -- 命中编号 · finding id
    law_id VARCHAR NOT NULL, -- 规则编号 · law id
    law_version VARCHAR NOT NULL, -- 规则版本 · law version
    stage VARCHAR NOT NULL, -- 环节 · stage
    result VARCHAR NOT NULL, -- 判断 · judgement
    person_id VARCHAR, -- 人员编号 · person id
    institution_id VARCHAR, -- 定点医药机构编号 · institution id
    encounter_id VARCHAR, -- 就诊编号 · encounter id
    staff_id VARCHAR, -- 医师编码 · staff id
    occurred_at TIMESTAMP NOT NULL, -- 发生时间 · time of the matter
    amount BIGINT NOT NULL, -- 涉及费用 · amount at stake [minor unit of the ledger's currency (fen)]
    fund_amount BIGINT NOT NULL, -- 涉及基金 · fund amount at stake [minor unit of the ledger's currency (fen)]
    signals BIGINT NOT NULL, -- 信号数 · number of signals
    explanation_zh VARCHAR NOT NULL, -- 中文说明 · explanation in Chinese
    explanation_en VARCHAR NOT NULL, -- 英文说明 · explanation in English
    exempted_by VARCHAR, -- 豁免依据 · exemption applied
    PRIMARY KEY (finding_id)
);

-- 命中依据 · evidence of a finding; key: finding_id, sequence
CREATE TABLE finding_ref (
    finding_id VARCHAR NOT NULL, -- 命中编号 · finding id
    sequence BIGINT NOT NULL, -- 序号 · sequence
    law_id VARCHAR NOT NULL, -- 规则编号 · law id
    signal VARCHAR NOT NULL, -- 信号 · signal
    value BIGINT, -- 信号值（单位见规则） · value in the signal's unit
    ref_table VARCHAR NOT NULL, -- 依据所在表 · table of the evidence
    ref_id VARCHAR NOT NULL, -- 依据主键 · key of the evidence
    kp_id VARCHAR, -- 知识点编号 · knowledge point id
    amount BIGINT NOT NULL, -- 涉及费用 · amount carried [minor unit of the ledger's currency (fen)]
    fund_amount BIGINT NOT NULL, -- 涉及基金 · fund amount carried [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (finding_id, sequence)
);

-- 基金月度收支 · fund month; key: region_code, scheme, month, source
CREATE TABLE fund_month (
    region_code VARCHAR NOT NULL, -- 统筹区 · pooling region (insu_admdvs)
    scheme VARCHAR NOT NULL, -- 险种类型 · insurance scheme (insutype)
    month DATE NOT NULL, -- 月份（月初） · month (its first day)
    source VARCHAR NOT NULL, -- 来源 · source
    insured BIGINT, -- 参保人数 · people insured [person]
    insured_in_service BIGINT, -- 在职人数 · in service [person]
    insured_retired BIGINT, -- 退休人数 · retired [person]
    contribution_income BIGINT, -- 缴费收入 · income from contributions [minor unit of the ledger's currency (fen)]
    subsidy_income BIGINT, -- 财政补助收入 · income from subsidies [minor unit of the ledger's currency (fen)]
    other_income BIGINT, -- 其他收入 · other income [minor unit of the ledger's currency (fen)]
    pooled_income BIGINT, -- 统筹基金收入 · income of the pooled fund [minor unit of the ledger's currency (fen)]
    pooled_spending BIGINT NOT NULL, -- 统筹基金支出 · spending of the pooled fund [minor unit of the ledger's currency (fen)]
    pooled_balance BIGINT, -- 统筹基金累计结余 · reserve of the pooled fund [minor unit of the ledger's currency (fen)]
    account_income BIGINT, -- 个人账户收入 · income of personal accounts [minor unit of the ledger's currency (fen)]
    account_spending BIGINT, -- 个人账户支出 · spending of personal accounts [minor unit of the ledger's currency (fen)]
    account_balance BIGINT, -- 个人账户累计结余 · balance of personal accounts [minor unit of the ledger's currency (fen)]
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (region_code, scheme, month, source)
);

-- 分组变化 · group move; key: encounter_id, from_scheme, to_scheme
CREATE TABLE group_move (
    encounter_id VARCHAR NOT NULL, -- 就诊（病例）编号 · encounter (case) id
    from_scheme VARCHAR NOT NULL, -- 原分组方案（方案 版本 地区） · scheme moved from (system, version, region)
    to_scheme VARCHAR NOT NULL, -- 新分组方案（方案 版本 地区） · scheme moved to (system, version, region)
    institution_id VARCHAR, -- 定点医药机构编号 · institution id
    move VARCHAR NOT NULL, -- 变化 · move
    from_group VARCHAR, -- 原病组 · group before
    to_group VARCHAR, -- 新病组 · group after
    from_weight_ppm BIGINT, -- 原权重（百万分之一） · weight before in parts per million [part per million]
    to_weight_ppm BIGINT, -- 新权重（百万分之一） · weight after in parts per million [part per million]
    from_standard_amount BIGINT, -- 原支付标准 · payment standard before [minor unit of the ledger's currency (fen)]
    to_standard_amount BIGINT, -- 新支付标准 · payment standard after [minor unit of the ledger's currency (fen)]
    difference_amount BIGINT, -- 支付标准之差（新减原） · difference of the standards (after less before) [minor unit of the ledger's currency (fen)]
    amount BIGINT, -- 住院总费用 · cost of the stay [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (encounter_id, from_scheme, to_scheme)
);

-- 家庭 · household; key: household_id
CREATE TABLE household (
    household_id VARCHAR NOT NULL, -- 家庭编号 · household id
    region_code VARCHAR, -- 所在区划 · region
    size BIGINT, -- 家庭人口数 · members [person]
    yearly_income BIGINT, -- 家庭年收入 · yearly income [minor unit of the ledger's currency (fen)]
    assistance_kind VARCHAR, -- 困难类别 · hardship class
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (household_id)
);

-- 植入物使用记录 · implant; key: implant_id
CREATE TABLE implant (
    implant_id VARCHAR NOT NULL, -- 使用记录流水号 · implant id
    encounter_id VARCHAR NOT NULL, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    implanted_at TIMESTAMP NOT NULL, -- 使用时间 · time used
    item_code VARCHAR, -- 标签对应的医保目录编码 · catalogue item code that the label stands for (med_list_codg)
    item_name VARCHAR, -- 标签上的产品名称 · name of the product on the label
    device_identifier VARCHAR, -- 产品标识（UDI-DI） · device identifier (UDI-DI)
    serial_no VARCHAR, -- 序列号（UDI-PI，批管理的产品为空） · serial number (UDI-PI; empty for products numbered by lot)
    batch_no VARCHAR, -- 生产批号 · manufacturer's batch number
    expires_on DATE, -- 有效期止 · expiry date
    quantity BIGINT NOT NULL, -- 数量 · quantity [thousandth of the unit]
    outcome VARCHAR NOT NULL, -- 去向 · outcome
    session_id VARCHAR, -- 手术编号 · surgery session id
    staff_id VARCHAR, -- 登记人编码 · staff id (dr_code)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (implant_id)
);

-- 指标值 · indicator value; key: law_id, subject_kind, subject_id, period_from
CREATE TABLE indicator_value (
    law_id VARCHAR NOT NULL, -- 指标编号 · indicator's law id
    subject_kind VARCHAR NOT NULL, -- 对象类别 · kind of subject
    subject_id VARCHAR NOT NULL, -- 对象编号 · subject id
    period_from DATE NOT NULL, -- 期间起 · period from
    period_to DATE, -- 期间止（不含） · period until (exclusive)
    numerator BIGINT, -- 分子 · numerator
    denominator BIGINT, -- 分母 · denominator
    expected_ppm BIGINT, -- 期望值（百万分之一） · expected value in parts per million [part per million]
    value_ppm BIGINT, -- 指标值（百万分之一） · value in parts per million [part per million]
    lower_ppm BIGINT, -- 区间下限（百万分之一） · lower limit in parts per million [part per million]
    upper_ppm BIGINT, -- 区间上限（百万分之一） · upper limit in parts per million [part per million]
    note VARCHAR, -- 说明 · note
    PRIMARY KEY (law_id, subject_kind, subject_id, period_from)
);

-- 定点医药机构 · institution; key: institution_id
CREATE TABLE institution (
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    name VARCHAR, -- 机构名称 · name (fixmedins_name)
    name_en VARCHAR, -- 机构英文名称 · English name
    kind VARCHAR, -- 机构类型 · kind of institution (fixmedins_type)
    level VARCHAR, -- 医疗机构等级 · level (medinslv)
    ownership VARCHAR, -- 所有制 · ownership
    region_code VARCHAR, -- 所在区划 · region (admdvs)
    group_id VARCHAR, -- 医疗集团编号 · institution group id
    beds BIGINT, -- 核定床位数 · approved beds [bed]
    latitude_e6 BIGINT, -- 纬度（百万分之一度） · latitude in millionths of a degree [millionth of a degree]
    longitude_e6 BIGINT, -- 经度（百万分之一度） · longitude in millionths of a degree [millionth of a degree]
    agreement_status VARCHAR, -- 协议状态 · status of the agreement
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (institution_id)
);

-- 医疗集团 · institution group; key: group_id
CREATE TABLE institution_group (
    group_id VARCHAR NOT NULL, -- 集团编号 · group id
    name VARCHAR, -- 集团名称 · name
    kind VARCHAR, -- 集团类型 · kind
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (group_id)
);

-- 票据 · invoice; key: invoice_id
CREATE TABLE invoice (
    invoice_id VARCHAR NOT NULL, -- 票据流水号 · invoice id
    bill_code VARCHAR, -- 票据代码 · bill code (bill_code)
    bill_no VARCHAR, -- 票据号码 · bill number (bill_no)
    kind VARCHAR, -- 票据类型 · kind
    settlement_id VARCHAR, -- 结算编号 · settlement id (setl_id)
    encounter_id VARCHAR, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    issued_on DATE NOT NULL, -- 开票日期 · date issued
    amount BIGINT NOT NULL, -- 票据金额 · amount [minor unit of the ledger's currency (fen)] (medfee_sumamt)
    cancelled BOOLEAN, -- 已作废 · cancelled
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (invoice_id)
);

-- 知识点 · knowledge point; key: kp_id, item_code, other_item_code
CREATE TABLE knowledge_point (
    kp_id VARCHAR NOT NULL, -- 知识点编号 · knowledge point id
    item_code VARCHAR NOT NULL, -- 受限编码 · code bound by the point (med_list_codg)
    other_item_code VARCHAR, -- 另一编码（无则为空；诊断、手术为编码前缀） · the other code of a pair (empty when none; a category for diagnoses and procedures)
    other_target VARCHAR, -- 另一编码的对象 · kind of the other code
    relation VARCHAR, -- 另一编码与受限编码的关系 · what the other code is to the bound one
    other_match VARCHAR, -- 另一编码的匹配方式（空为全码；诊断、手术总按前缀） · how the other code is matched (in full when empty; always as a prefix for diagnoses and procedures)
    rule_class VARCHAR, -- 官方规则名称 · official rule class
    official_code VARCHAR, -- 官方规则编码 · official rule code
    primitive VARCHAR NOT NULL, -- 逻辑原语 · logic primitive
    target VARCHAR, -- 对象 · kind of code
    item_name VARCHAR, -- 名称 · name
    constraint_text VARCHAR, -- 限制原文 · wording of the limit
    sex VARCHAR, -- 限定性别 · sex allowed
    age_from_days BIGINT, -- 年龄下限（天，含） · youngest age in days (inclusive) [day]
    age_to_days BIGINT, -- 年龄上限（天，不含） · oldest age in days (exclusive) [day]
    quantity_limit BIGINT, -- 数量上限 · largest quantity [thousandth of the unit]
    limit_unit VARCHAR, -- 上限的单位 · unit of the limit
    time_window VARCHAR, -- 时间窗 · time window
    interval_days BIGINT, -- 最短间隔天数（P4b） · shortest interval between two uses (P4b) [day]
    cycle_days BIGINT, -- 周期天数（P4b，配合数量上限） · days of a cycle (P4b; with the quantity limit) [day]
    course_days BIGINT, -- 支付疗程天数（P5） · days of a paid course (P5) [day]
    course_mode VARCHAR, -- 疗程计数方式（P5；空为按用药天数） · how a course is counted (P5; days of use when empty)
    schemes VARCHAR, -- 允许的险种（多个以 | 分隔；P6） · schemes allowed (separated by a bar; P6)
    care_kinds VARCHAR, -- 允许的医疗类别（多个以 | 分隔；P6、P7） · kinds of care allowed (separated by a bar; P6 and P7)
    online_allowed BOOLEAN, -- 互联网诊疗可否使用（空为不限；P7） · may it be given in an internet visit (no limit when empty; P7)
    level_from VARCHAR, -- 最低机构等级（P7） · lowest level of institution (P7)
    first_fill_only BOOLEAN, -- 等级只限首次处方（P7） · the level binds the first prescription only (P7)
    departments VARCHAR, -- 允许的科室（多个以 | 分隔；P7） · departments allowed (separated by a bar; P7)
    staff_titles VARCHAR, -- 允许的专业技术职务（多个以 | 分隔；P7） · professional titles allowed (separated by a bar; P7)
    look_back_days BIGINT, -- 回看天数（P9；空用规则参数） · days looked back (P9; the law's parameter when empty) [day]
    others_needed BIGINT, -- 需要几种另一编码（P9、P3b；空为 1） · how many different other codes are needed (P9 and P3b; one when empty)
    days_limit BIGINT, -- 开药天数上限（P10） · most days of supply (P10) [day]
    daily_limit BIGINT, -- 每日最大用量（计价单位；P10） · largest daily quantity in pricing units (P10) [thousandth of the unit]
    daily_quantity BIGINT, -- 常用日用量（计价单位；P10） · usual daily quantity in pricing units (P10) [thousandth of the unit]
    price_limit BIGINT, -- 单价上限（P11） · highest unit price (P11) [millionth of the currency's major unit]
    fund_limit BIGINT, -- 时间窗内基金支付上限（P11） · most that the fund pays inside the time window (P11) [minor unit of the ledger's currency (fen)]
    combination VARCHAR, -- 饮片不予支付的情形（P12） · when decoction pieces are not paid (P12)
    surgery_group VARCHAR, -- 手术折价组（P13） · group of operations priced together (P13)
    discount_rate BIGINT, -- 第二及以后手术按几成计收（P13） · share of the price charged for a further operation (P13) [basis point, 1/10 000]
    pricing_unit VARCHAR, -- 计价单位 · pricing unit
    batch VARCHAR, -- 公布批次 · published batch
    valid_from DATE, -- 生效日期 · valid from
    valid_to DATE, -- 失效日期（不含） · valid until (exclusive)
    status VARCHAR, -- 编译状态 · status
    source VARCHAR, -- 来源 · source
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL -- 入库批次 · batch
);

-- 检验结果 · laboratory result; key: report_id, analyte
CREATE TABLE lab_result (
    report_id VARCHAR NOT NULL, -- 报告单号 · report id
    analyte VARCHAR NOT NULL, -- 检验项目 · analyte
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    value VARCHAR, -- 结果 · result as reported
    unit VARCHAR, -- 单位 · unit of the result
    reference_low VARCHAR, -- 参考下限 · lower reference limit
    reference_high VARCHAR, -- 参考上限 · upper reference limit
    flag VARCHAR, -- 结果标志 · flag
    method VARCHAR, -- 检测方法 · method
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (report_id, analyte)
);

-- 请假与在院核验 · leave or presence check; key: event_id
CREATE TABLE leave_checkin (
    event_id VARCHAR NOT NULL, -- 事件编号 · event id
    encounter_id VARCHAR NOT NULL, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    kind VARCHAR NOT NULL, -- 类别 · kind
    begin_at TIMESTAMP NOT NULL, -- 开始（核验）时间 · begin (or time of the check)
    end_at TIMESTAMP, -- 结束时间 · end
    approved BOOLEAN, -- 是否批准（请假） · approved (leave)
    matched BOOLEAN, -- 是否核验通过（核验） · matched (check)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (event_id)
);

-- 结算清单附属信息 · settlement-list detail; key: encounter_id, kind, sequence
CREATE TABLE list_detail (
    encounter_id VARCHAR NOT NULL, -- 就诊编号 · encounter id (mdtrt_id)
    kind VARCHAR NOT NULL, -- 类别 · kind
    sequence BIGINT NOT NULL, -- 序号 · sequence
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    begin_at TIMESTAMP, -- 开始（进入）时间 · begin
    end_at TIMESTAMP, -- 结束（退出）时间 · end
    value BIGINT, -- 数值 · value [thousandth of the unit]
    unit VARCHAR, -- 数值单位 · unit of the value
    code VARCHAR, -- 类型编码（病房、血液、护理等级） · code of ward type or blood kind or nursing level
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (encounter_id, kind, sequence)
);

-- 医嘱 · order; key: order_id
CREATE TABLE medical_order (
    order_id VARCHAR NOT NULL, -- 医嘱号 · order id (drord_no)
    encounter_id VARCHAR, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    item_code VARCHAR, -- 医保目录编码 · catalogue item code (med_list_codg)
    item_name VARCHAR, -- 医嘱名称 · order text (drord_name)
    is_long_term BOOLEAN, -- 长期医嘱标志 · standing order (long_drord_flag)
    begin_at TIMESTAMP NOT NULL, -- 医嘱开始时间 · start of the order (drord_begn_date)
    end_at TIMESTAMP, -- 医嘱停止时间 · stop of the order (drord_stop_date)
    frequency VARCHAR, -- 频次 · frequency
    dose VARCHAR, -- 每次用量 · dose
    quantity BIGINT, -- 数量 · quantity [thousandth of the unit] (cnt)
    staff_id VARCHAR, -- 开立医师编码 · ordering doctor id (drord_dr_codg)
    department VARCHAR, -- 开立科室编码 · ordering department (drord_dept_codg)
    status VARCHAR, -- 医嘱状态 · status
    override_reason VARCHAR, -- 不采纳提醒的理由 · reason for overriding a reminder
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (order_id)
);

-- 金额归集 · attribution of money; key: finding_id, sequence
CREATE TABLE money_attribution (
    finding_id VARCHAR NOT NULL, -- 命中编号 · finding id
    sequence BIGINT NOT NULL, -- 依据序号 · sequence of the evidence
    law_id VARCHAR NOT NULL, -- 规则编号 · law id
    ref_table VARCHAR NOT NULL, -- 费用所在表 · table of the charge
    ref_id VARCHAR NOT NULL, -- 费用主键 · key of the charge
    amount BIGINT NOT NULL, -- 涉及费用 · amount at stake [minor unit of the ledger's currency (fen)]
    fund_amount BIGINT NOT NULL, -- 涉及基金 · fund amount at stake [minor unit of the ledger's currency (fen)]
    counted_amount BIGINT NOT NULL, -- 计入费用 · amount counted [minor unit of the ledger's currency (fen)]
    counted_fund_amount BIGINT NOT NULL, -- 计入基金 · fund amount counted [minor unit of the ledger's currency (fen)]
    exempted_by VARCHAR, -- 豁免依据 · exemption applied
    PRIMARY KEY (finding_id, sequence)
);

-- 支付明细 · payment line; key: payment_line_id
CREATE TABLE payment_line (
    payment_line_id VARCHAR NOT NULL, -- 支付明细编号 · payment line id
    scheme_id VARCHAR NOT NULL, -- 支付方案编号 · payment scheme id
    scheme_version VARCHAR NOT NULL, -- 支付方案版本 · payment scheme version
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id
    period_from DATE NOT NULL, -- 期间起 · period from
    period_to DATE NOT NULL, -- 期间止（不含） · period until (exclusive)
    method VARCHAR NOT NULL, -- 支付方式 · method of payment
    encounter_id VARCHAR, -- 就诊编号 · encounter id
    settlement_id VARCHAR, -- 结算编号 · settlement id
    group_code VARCHAR, -- 病组编码 · group code
    weight_ppm BIGINT, -- 权重（百万分之一） · relative weight in parts per million [part per million]
    coefficient_ppm BIGINT, -- 机构系数（百万分之一） · institution coefficient in parts per million [part per million]
    points BIGINT, -- 点数或分值 · points [thousandth of the unit]
    price BIGINT, -- 费率或点值 · price of a weight or point [millionth of the currency's major unit]
    total_amount BIGINT, -- 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    standard_amount BIGINT, -- 支付标准 · payment standard [minor unit of the ledger's currency (fen)]
    due_amount BIGINT NOT NULL, -- 应付金额 · amount due [minor unit of the ledger's currency (fen)]
    note VARCHAR, -- 说明 · note
    PRIMARY KEY (payment_line_id)
);

-- 人员 · person; key: person_id
CREATE TABLE person (
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    id_number VARCHAR, -- 证件号码 · certificate number (certno)
    id_type VARCHAR, -- 证件类型 · certificate type (psn_cert_type)
    name VARCHAR, -- 姓名 · name (psn_name)
    sex VARCHAR, -- 性别 · sex (gend)
    birth_date DATE, -- 出生日期 · date of birth (brdy)
    death_date DATE, -- 死亡日期 · date of death (die_date)
    phone VARCHAR, -- 联系电话 · telephone (tel)
    address VARCHAR, -- 居住地址 · address (live_addr)
    region_code VARCHAR, -- 居住地区划 · region of residence (resd_admdvs)
    household_id VARCHAR, -- 家庭编号 · household id
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (person_id)
);

-- 不享受待遇期间 · absence of a person; key: person_id, kind, begin_date
CREATE TABLE person_absence (
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    kind VARCHAR NOT NULL, -- 类别 · kind
    begin_date DATE NOT NULL, -- 开始日期 · from (begndate)
    end_date DATE, -- 结束日期 · until (enddate)
    source VARCHAR, -- 通报部门 · department that reported it
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (person_id, kind, begin_date)
);

-- 处方 · prescription; key: prescription_id, item_code
CREATE TABLE prescription (
    prescription_id VARCHAR NOT NULL, -- 处方号 · prescription id (rxno)
    item_code VARCHAR NOT NULL, -- 医保目录编码 · catalogue item code (med_list_codg)
    encounter_id VARCHAR, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    staff_id VARCHAR, -- 开方医师编码 · prescriber id (dr_code)
    issued_at TIMESTAMP NOT NULL, -- 开方时间 · time issued
    quantity BIGINT, -- 数量 · quantity [thousandth of the unit] (cnt)
    dose VARCHAR, -- 每次用量 · dose
    frequency VARCHAR, -- 频次 · frequency
    days_supply BIGINT, -- 用药天数 · days of supply [day] (medc_days)
    is_long_prescription BOOLEAN, -- 长期处方标志（空为未知） · long-term prescription (unknown when empty)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (prescription_id, item_code)
);

-- 限价 · price cap; key: item_code, region_code, institution_level, valid_from
CREATE TABLE price_cap (
    item_code VARCHAR NOT NULL, -- 医保目录编码 · catalogue item code (med_list_codg)
    region_code VARCHAR NOT NULL, -- 医保区划 · region (admdvs)
    institution_level VARCHAR NOT NULL, -- 医疗机构等级 · level of institution (medinslv)
    valid_from DATE NOT NULL, -- 生效日期 · valid from (begndate)
    valid_to DATE, -- 失效日期（不含） · valid until (exclusive) (enddate)
    cap_price BIGINT NOT NULL, -- 最高价格 · highest price [millionth of the currency's major unit]
    source VARCHAR, -- 文件依据 · document
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (item_code, region_code, institution_level, valid_from)
);

-- 手术操作 · procedure; key: encounter_id, sequence
CREATE TABLE procedure (
    encounter_id VARCHAR NOT NULL, -- 就诊编号 · encounter id (mdtrt_id)
    sequence BIGINT NOT NULL, -- 手术操作序号 · sequence (oprn_oprt_sn)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    code VARCHAR NOT NULL, -- 手术操作编码 · procedure code (oprn_oprt_code)
    name VARCHAR, -- 手术操作名称 · procedure name (oprn_oprt_name)
    code_version VARCHAR, -- 编码版本（空为账本通用的医保版） · version of the code list (empty = the insurance edition of the ledger)
    kind VARCHAR, -- 手术操作类别 · kind (oprn_oprt_type)
    is_main BOOLEAN, -- 主要手术操作标志 · main procedure
    begin_at TIMESTAMP, -- 开始时间 · begin (oprn_oprt_begntime)
    end_at TIMESTAMP, -- 结束时间 · end (oprn_oprt_endtime)
    surgeon_id VARCHAR, -- 术者医师编码 · surgeon id (oper_dr_code)
    anaesthetist_id VARCHAR, -- 麻醉医师编码 · anaesthetist id (anst_dr_code)
    anaesthesia VARCHAR, -- 麻醉方式 · anaesthesia (anst_way)
    session_id VARCHAR, -- 手术编号 · surgery session id
    incision_id VARCHAR, -- 切口编号 · incision id
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (encounter_id, sequence)
);

-- 质量问题 · quality issue; key: law_id, table_name, ref_id, column_name
CREATE TABLE quality_issue (
    law_id VARCHAR NOT NULL, -- 规则编号 · law id
    table_name VARCHAR NOT NULL, -- 表 · table
    ref_id VARCHAR NOT NULL, -- 行主键 · key of the row
    column_name VARCHAR NOT NULL, -- 列 · column
    severity VARCHAR NOT NULL, -- 严重程度 · severity
    person_id VARCHAR, -- 人员编号 · person id
    institution_id VARCHAR, -- 定点医药机构编号 · institution id
    occurred_on DATE, -- 发生日期 · date
    value VARCHAR, -- 所见值 · value seen
    amount BIGINT, -- 涉及费用 · amount concerned [minor unit of the ledger's currency (fen)]
    row_count BIGINT, -- 涉及行数 · rows that the issue stands for
    note_zh VARCHAR, -- 中文说明 · note in Chinese
    note_en VARCHAR, -- 英文说明 · note in English
    PRIMARY KEY (law_id, table_name, ref_id, column_name)
);

-- 质量月表 · quality by month; key: institution_id, month, law_id, table_name
CREATE TABLE quality_month (
    institution_id VARCHAR, -- 定点医药机构编号 · institution id
    month DATE, -- 月份（首日） · first day of the month
    law_id VARCHAR NOT NULL, -- 规则编号 · law id
    table_name VARCHAR NOT NULL, -- 表 · table
    severity VARCHAR NOT NULL, -- 严重程度 · severity
    issues BIGINT NOT NULL, -- 问题数 · issues
    rows_concerned BIGINT NOT NULL, -- 涉及行数 · rows concerned
    rows_checked BIGINT, -- 被检查行数 · rows checked
    amount BIGINT NOT NULL -- 涉及金额（绝对值之和） · money concerned (sum of absolute amounts) [minor unit of the ledger's currency (fen)]
);

-- 异地就医备案 · filing of care elsewhere; key: filing_id
CREATE TABLE referral_filing (
    filing_id VARCHAR NOT NULL, -- 备案编号 · filing id
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    kind VARCHAR, -- 备案类型 · kind of filing
    from_region VARCHAR, -- 参保地医保区划 · insured region (insu_admdvs)
    to_region VARCHAR, -- 就医地区划 · region of care (mdtrtarea_admdvs)
    institution_id VARCHAR, -- 转往机构编号 · institution referred to (fixmedins_code)
    diagnosis_code VARCHAR, -- 诊断编码 · diagnosis code (diag_code)
    filed_at TIMESTAMP, -- 备案时间 · time filed
    begin_date DATE NOT NULL, -- 开始日期 · from (begndate)
    end_date DATE, -- 结束日期 · until (enddate)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (filing_id)
);

-- 改革前后的灾难性卫生支出 · catastrophic expenditure under two policies; key: year, threshold_ppm, income_group
CREATE TABLE reform_catastrophic (
    year BIGINT NOT NULL, -- 待遇年度 · insurance year
    threshold_ppm BIGINT NOT NULL, -- 阈值（占家庭收入） · threshold as a share of income [ppm]
    income_group VARCHAR NOT NULL, -- 家庭人均收入五等分（all 为全部） · fifth of household income per head (all: everybody)
    households BIGINT NOT NULL, -- 家庭数 · households
    before BIGINT NOT NULL, -- 改革前达到阈值 · at or above it before
    after BIGINT NOT NULL, -- 改革后达到阈值 · at or above it after
    relieved BIGINT NOT NULL, -- 改革后不再达到 · no longer at it after
    newly BIGINT NOT NULL, -- 改革后新达到 · newly at it after
    PRIMARY KEY (year, threshold_ppm, income_group)
);

-- 改革对各类人群的影响 · effect of a reform on groups; key: dimension, group_code
CREATE TABLE reform_group (
    dimension VARCHAR NOT NULL, -- 分组依据 · dimension
    group_code VARCHAR NOT NULL, -- 组 · group
    persons BIGINT NOT NULL, -- 人数 · persons
    bills BIGINT NOT NULL, -- 结算笔数 · settlements
    total_amount BIGINT NOT NULL, -- 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    fund_before BIGINT NOT NULL, -- 改革前基金支付 · paid by funds before [minor unit of the ledger's currency (fen)]
    fund_after BIGINT NOT NULL, -- 改革后基金支付 · paid by funds after [minor unit of the ledger's currency (fen)]
    person_before BIGINT NOT NULL, -- 改革前个人负担 · borne by persons before [minor unit of the ledger's currency (fen)]
    person_after BIGINT NOT NULL, -- 改革后个人负担 · borne by persons after [minor unit of the ledger's currency (fen)]
    winners BIGINT NOT NULL, -- 受益人数 · persons who gain
    losers BIGINT NOT NULL, -- 受损人数 · persons who lose
    gained_amount BIGINT NOT NULL, -- 受益金额 · gained by them [minor unit of the ledger's currency (fen)]
    lost_amount BIGINT NOT NULL, -- 受损金额 · lost by them [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (dimension, group_code)
);

-- 改革前后各层支出 · cost of each layer under two policies; key: scheme, layer
CREATE TABLE reform_layer (
    scheme VARCHAR NOT NULL, -- 险种类型 · insurance scheme
    layer VARCHAR NOT NULL, -- 保障层次 · layer of protection
    before_amount BIGINT NOT NULL, -- 改革前 · before [minor unit of the ledger's currency (fen)]
    after_amount BIGINT NOT NULL, -- 改革后 · after [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (scheme, layer)
);

-- 改革前后的个人负担 · burden of a person under two policies; key: person_id, year
CREATE TABLE reform_person (
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    year BIGINT NOT NULL, -- 待遇年度 · insurance year
    household_id VARCHAR, -- 家庭编号 · household id
    scheme VARCHAR, -- 险种类型 · insurance scheme
    age_group VARCHAR NOT NULL, -- 年龄组 · age group
    income_group VARCHAR NOT NULL, -- 家庭人均收入五等分（1 最低） · fifth of household income per head (1 lowest)
    person_class VARCHAR NOT NULL, -- 人员类别 · class of person
    status VARCHAR NOT NULL, -- 救助身份 · hardship status
    region_code VARCHAR, -- 统筹单元 · pooling unit
    bills BIGINT NOT NULL, -- 结算笔数 · settlements
    total_amount BIGINT NOT NULL, -- 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    fund_before BIGINT NOT NULL, -- 改革前基金支付 · paid by funds before [minor unit of the ledger's currency (fen)]
    fund_after BIGINT NOT NULL, -- 改革后基金支付 · paid by funds after [minor unit of the ledger's currency (fen)]
    person_before BIGINT NOT NULL, -- 改革前个人负担 · borne by the person before [minor unit of the ledger's currency (fen)]
    person_after BIGINT NOT NULL, -- 改革后个人负担 · borne by the person after [minor unit of the ledger's currency (fen)]
    change_amount BIGINT NOT NULL, -- 个人负担变化（负为受益） · change of the burden (negative: gains) [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (person_id, year)
);

-- 统筹层次与调剂金 · pooling level and adjustment fund; key: side, arrangement, scheme, region_code
CREATE TABLE reform_pooling (
    side VARCHAR NOT NULL, -- 改革前后 · before or after
    arrangement VARCHAR NOT NULL, -- 安排 · arrangement
    scheme VARCHAR NOT NULL, -- 险种类型 · insurance scheme (insutype)
    region_code VARCHAR NOT NULL, -- 统筹单元 · pooling unit
    insured BIGINT NOT NULL, -- 参保人数 · insured persons
    income_amount BIGINT NOT NULL, -- 基金收入 · income [minor unit of the ledger's currency (fen)]
    cost_amount BIGINT NOT NULL, -- 基本医保支出 · cost of basic insurance [minor unit of the ledger's currency (fen)]
    paid_in_amount BIGINT NOT NULL, -- 上解 · paid into the common fund [minor unit of the ledger's currency (fen)]
    received_amount BIGINT NOT NULL, -- 下拨 · received from it [minor unit of the ledger's currency (fen)]
    balance_amount BIGINT NOT NULL, -- 当期结余 · balance of the period [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (side, arrangement, scheme, region_code)
);

-- 医保区划 · region; key: region_code
CREATE TABLE region (
    region_code VARCHAR NOT NULL, -- 医保区划 · region code (admdvs)
    name VARCHAR NOT NULL, -- 名称 · name (admdvs_name)
    name_en VARCHAR, -- 英文名称 · English name
    level VARCHAR NOT NULL, -- 层级 · level
    parent_code VARCHAR, -- 上级区划 · region above (prnt_admdvs)
    pool_code VARCHAR, -- 所属统筹区 · pooling region
    latitude_e6 BIGINT, -- 纬度（百万分之一度） · latitude in millionths of a degree [millionth of a degree]
    longitude_e6 BIGINT, -- 经度（百万分之一度） · longitude in millionths of a degree [millionth of a degree]
    area BIGINT, -- 面积 · area [thousandth of a square kilometre]
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (region_code)
);

-- 区域年度数据 · region and year; key: region_code, year
CREATE TABLE region_year (
    region_code VARCHAR NOT NULL, -- 医保区划 · region (admdvs)
    year BIGINT NOT NULL, -- 年份 · year
    population BIGINT, -- 常住人口 · resident population [person]
    registered_population BIGINT, -- 户籍人口 · registered population [person]
    population_65 BIGINT, -- 65岁及以上人口 · population aged 65 and over [person]
    urban_population BIGINT, -- 城镇人口 · urban population [person]
    births BIGINT, -- 出生人数 · births [person]
    deaths BIGINT, -- 死亡人数 · deaths [person]
    gross_product BIGINT, -- 地区生产总值 · gross regional product [minor unit of the ledger's currency (fen)]
    disposable_income BIGINT, -- 人均可支配收入 · disposable income per head [minor unit of the ledger's currency (fen)]
    average_wage BIGINT, -- 平均工资 · average wage [minor unit of the ledger's currency (fen)]
    health_spending BIGINT, -- 卫生总费用 · total health expenditure [minor unit of the ledger's currency (fen)]
    insured_employee BIGINT, -- 职工医保参保人数 · people in the employee scheme [person]
    insured_resident BIGINT, -- 居民医保参保人数 · people in the resident scheme [person]
    institutions BIGINT, -- 医疗卫生机构数 · health institutions
    beds BIGINT, -- 床位数 · beds [bed]
    doctors BIGINT, -- 执业（助理）医师数 · doctors [person]
    nurses BIGINT, -- 注册护士数 · nurses [person]
    source VARCHAR, -- 来源 · source
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (region_code, year)
);

-- 提醒答复 · answer to a reminder; key: reminder_id
CREATE TABLE reminder_answer (
    reminder_id VARCHAR NOT NULL, -- 提醒编号 · reminder id
    law_id VARCHAR NOT NULL, -- 规则编号 · law id
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    staff_id VARCHAR, -- 医师编码 · doctor id (dr_code)
    encounter_id VARCHAR, -- 就诊编号 · encounter id (mdtrt_id)
    order_id VARCHAR, -- 医嘱号 · order id (drord_no)
    item_code VARCHAR, -- 医保目录编码 · catalogue item code (med_list_codg)
    answered_at TIMESTAMP NOT NULL, -- 答复时间 · time answered
    outcome VARCHAR NOT NULL, -- 答复 · answer
    reason_code VARCHAR, -- 理由编码 · reason
    comment VARCHAR, -- 说明 · comment
    ref_table VARCHAR, -- 依据所在表 · table of the evidence shown
    ref_id VARCHAR, -- 依据主键 · key of the evidence shown
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (reminder_id)
);

-- 风险依据 · evidence of a risk score; key: model_id, subject_kind, subject_id, period_from, sequence
CREATE TABLE risk_evidence (
    model_id VARCHAR NOT NULL, -- 模型编号 · model id
    subject_kind VARCHAR NOT NULL, -- 对象类别 · kind of subject
    subject_id VARCHAR NOT NULL, -- 对象编号 · subject id
    period_from DATE NOT NULL, -- 期间起 · period from
    sequence BIGINT NOT NULL, -- 序号 · sequence
    measure VARCHAR NOT NULL, -- 指标 · measure
    value_ppm BIGINT, -- 本对象的值（百万分之一单位） · own value in millionths of its unit [part per million]
    peers_ppm BIGINT, -- 同类中位数（百万分之一单位） · the peers' median in millionths of its unit [part per million]
    deviation_milli BIGINT, -- 偏离（稳健标准差） · deviation in robust standard deviations [thousandth of the unit]
    ref_table VARCHAR, -- 依据所在表 · table of the evidence
    ref_id VARCHAR, -- 依据主键 · key of the evidence
    words_zh VARCHAR NOT NULL, -- 中文说明 · words in Chinese
    words_en VARCHAR NOT NULL, -- 英文说明 · words in English
    PRIMARY KEY (model_id, subject_kind, subject_id, period_from, sequence)
);

-- 风险评分 · risk score; key: model_id, subject_kind, subject_id, period_from
CREATE TABLE risk_score (
    model_id VARCHAR NOT NULL, -- 模型编号 · model id
    model_version VARCHAR NOT NULL, -- 模型版本 · model version
    subject_kind VARCHAR NOT NULL, -- 对象类别 · kind of subject
    subject_id VARCHAR NOT NULL, -- 对象编号 · subject id
    period_from DATE NOT NULL, -- 期间起 · period from
    period_to DATE, -- 期间止（不含） · period until (exclusive)
    score_ppm BIGINT NOT NULL, -- 评分（百万分之一） · score in parts per million [part per million]
    rank BIGINT, -- 名次 · rank
    reasons_zh VARCHAR, -- 中文理由 · reasons in Chinese
    reasons_en VARCHAR, -- 英文理由 · reasons in English
    PRIMARY KEY (model_id, subject_kind, subject_id, period_from)
);

-- 结算 · settlement; key: settlement_id
CREATE TABLE settlement (
    settlement_id VARCHAR NOT NULL, -- 结算编号 · settlement id (setl_id)
    encounter_id VARCHAR NOT NULL, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    scheme VARCHAR, -- 险种类型 · insurance scheme (insutype)
    kind VARCHAR, -- 医疗类别 · kind of care (med_type)
    settled_at TIMESTAMP NOT NULL, -- 结算时间 · time settled (setl_time)
    total_amount BIGINT NOT NULL, -- 医疗费总额 · total cost [minor unit of the ledger's currency (fen)] (medfee_sumamt)
    not_covered_amount BIGINT, -- 全自费金额 · amount not covered [minor unit of the ledger's currency (fen)] (fulamt_ownpay_amt)
    over_limit_amount BIGINT, -- 超限价自费费用 · amount above ceiling prices [minor unit of the ledger's currency (fen)] (overlmt_selfpay)
    first_share_amount BIGINT, -- 先行自付金额 · first-share amount [minor unit of the ledger's currency (fen)] (preselfpay_amt)
    eligible_amount BIGINT, -- 符合政策范围金额 · eligible amount [minor unit of the ledger's currency (fen)] (inscp_scp_amt)
    deductible_amount BIGINT, -- 实际支付起付线 · deductible paid [minor unit of the ledger's currency (fen)] (act_pay_dedc)
    pooled_rate BIGINT, -- 统筹基金支付比例 · rate paid by the pooled fund [basis point, 1/10 000] (pool_prop_selfpay)
    basic_fund_amount BIGINT, -- 基本医疗保险统筹基金支出 · basic pooled fund payment [minor unit of the ledger's currency (fen)] (hifp_pay)
    civil_servant_amount BIGINT, -- 公务员医疗补助支出 · civil-servant supplement payment [minor unit of the ledger's currency (fen)] (cvlserv_pay)
    enterprise_amount BIGINT, -- 企业补充医疗保险支出 · enterprise supplement payment [minor unit of the ledger's currency (fen)] (hifes_pay)
    critical_illness_amount BIGINT, -- 居民大病保险支出 · critical-illness insurance payment [minor unit of the ledger's currency (fen)] (hifmi_pay)
    large_amount_amount BIGINT, -- 职工大额医疗费用补助支出 · large-amount supplement payment [minor unit of the ledger's currency (fen)] (hifob_pay)
    assistance_amount BIGINT, -- 医疗救助支出 · medical assistance payment [minor unit of the ledger's currency (fen)] (maf_pay)
    other_fund_amount BIGINT, -- 其他基金支出 · other fund payment [minor unit of the ledger's currency (fen)] (oth_pay)
    fund_amount BIGINT, -- 基金支付总额 · total paid by funds [minor unit of the ledger's currency (fen)] (fund_pay_sumamt)
    person_amount BIGINT, -- 个人负担总金额 · total borne by the person [minor unit of the ledger's currency (fen)] (psn_part_amt)
    account_amount BIGINT, -- 个人账户支出 · paid from the personal account [minor unit of the ledger's currency (fen)] (acct_pay)
    family_account_amount BIGINT, -- 账户共济支付金额 · paid from a relative's account (contained in the account payment) [minor unit of the ledger's currency (fen)] (acct_mulaid_pay)
    cash_amount BIGINT, -- 个人现金支出 · paid in cash [minor unit of the ledger's currency (fen)] (psn_cash_pay)
    hospital_amount BIGINT, -- 医院负担金额 · borne by the hospital [minor unit of the ledger's currency (fen)] (hosp_part_amt)
    payment_method VARCHAR, -- 医保支付方式 · payment method (hi_paymtd)
    drg_code VARCHAR, -- 病组编码 · case group code at settlement (drg_code)
    insured_region VARCHAR, -- 参保地医保区划 · insured region code (insu_admdvs)
    account_only BOOLEAN, -- 仅用个人账户（未申请统筹待遇） · paid from the account and in cash alone; no pooled benefit was asked for
    clearing_way VARCHAR, -- 清算方式 · way of clearing (clr_way)
    declared_at TIMESTAMP, -- 清单申报（上传）时间 · time the settlement list was declared (dcla_time)
    reversed_settlement_id VARCHAR, -- 原结算编号 · id of the settlement reversed (init_setl_id)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (settlement_id)
);

-- 未计算的结算 · settlement set aside; key: settlement_id
CREATE TABLE settlement_aside (
    settlement_id VARCHAR NOT NULL, -- 结算编号 · settlement id
    person_id VARCHAR, -- 人员编号 · person id
    reason VARCHAR NOT NULL, -- 原因 · reason
    total_amount BIGINT, -- 医疗费总额 · total cost [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (settlement_id)
);

-- 结算差异 · difference of a settlement; key: settlement_id, layer, cause
CREATE TABLE settlement_difference (
    settlement_id VARCHAR NOT NULL, -- 结算编号 · settlement id (setl_id)
    layer VARCHAR NOT NULL, -- 保障层次 · layer of protection
    cause VARCHAR NOT NULL, -- 原因 · cause
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    institution_id VARCHAR, -- 机构编号 · institution id (fixmedins_code)
    policy_id VARCHAR NOT NULL, -- 政策编号 · policy id
    scheme VARCHAR, -- 险种类型 · insurance scheme (insutype)
    settled_at TIMESTAMP NOT NULL, -- 结算时间 · time of the settlement (setl_time)
    booked_value BIGINT NOT NULL, -- 所据账面金额（起付线、范围内金额或该层支付） · figure of the books in which the cause shows (deductible, eligible, or the layer's payment) [minor unit of the ledger's currency (fen)]
    due_value BIGINT NOT NULL, -- 应为金额 · the same figure as it should be [minor unit of the ledger's currency (fen)]
    difference_amount BIGINT NOT NULL, -- 多付（负为少付） · paid beyond what is due (negative: too little) [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (settlement_id, layer, cause)
);

-- 结算基金分项 · settlement layer; key: settlement_id, layer
CREATE TABLE settlement_layer (
    settlement_id VARCHAR NOT NULL, -- 结算编号 · settlement id (setl_id)
    layer VARCHAR NOT NULL, -- 基金支付类型 · fund (fund_pay_type)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    eligible_amount BIGINT, -- 符合政策范围金额 · eligible amount [minor unit of the ledger's currency (fen)] (inscp_scp_amt)
    limit_amount BIGINT, -- 本次可支付限额金额 · limit of this payment [minor unit of the ledger's currency (fen)] (crt_payb_lmt_amt)
    amount BIGINT NOT NULL, -- 基金支付金额 · amount paid [minor unit of the ledger's currency (fen)] (fund_payamt)
    note VARCHAR, -- 结算过程信息 · how it was reckoned (setl_proc_info)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (settlement_id, layer)
);

-- 待遇计算结果 · settlement reckoned; key: settlement_id, policy_id
CREATE TABLE settlement_result (
    settlement_id VARCHAR NOT NULL, -- 结算编号 · settlement id (setl_id)
    policy_id VARCHAR NOT NULL, -- 政策编号 · policy id
    policy_version VARCHAR NOT NULL, -- 政策版本 · policy version
    encounter_id VARCHAR, -- 就诊编号 · encounter id (mdtrt_id)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    year BIGINT NOT NULL, -- 待遇年度 · insurance year
    benefit VARCHAR, -- 待遇类别 · kind of benefit
    times BIGINT, -- 本年第几次 · which time of the year it is
    total_amount BIGINT NOT NULL, -- 医疗费总额 · total cost [minor unit of the ledger's currency (fen)] (medfee_sumamt)
    not_covered_amount BIGINT NOT NULL, -- 全自费金额 · amount not covered [minor unit of the ledger's currency (fen)] (fulamt_ownpay_amt)
    over_limit_amount BIGINT NOT NULL, -- 超限价自费费用 · amount above ceiling prices [minor unit of the ledger's currency (fen)] (overlmt_selfpay)
    first_share_amount BIGINT NOT NULL, -- 先行自付金额 · first-share amount [minor unit of the ledger's currency (fen)] (preselfpay_amt)
    eligible_amount BIGINT NOT NULL, -- 符合政策范围金额 · eligible amount [minor unit of the ledger's currency (fen)] (inscp_scp_amt)
    deductible_amount BIGINT NOT NULL, -- 实际支付起付线 · deductible paid [minor unit of the ledger's currency (fen)] (act_pay_dedc)
    above_cap_amount BIGINT NOT NULL, -- 基本医保限额以上的政策范围内费用 · eligible amount above the limit of basic insurance [minor unit of the ledger's currency (fen)]
    basic_fund_amount BIGINT NOT NULL, -- 基本医疗保险统筹基金支出 · basic pooled fund payment [minor unit of the ledger's currency (fen)] (hifp_pay)
    civil_servant_amount BIGINT NOT NULL, -- 公务员医疗补助支出 · civil-servant supplement payment [minor unit of the ledger's currency (fen)] (cvlserv_pay)
    enterprise_amount BIGINT NOT NULL, -- 企业补充医疗保险支出 · enterprise supplement payment [minor unit of the ledger's currency (fen)] (hifes_pay)
    large_amount_amount BIGINT NOT NULL, -- 职工大额医疗费用补助支出 · large-amount supplement payment [minor unit of the ledger's currency (fen)] (hifob_pay)
    critical_illness_amount BIGINT NOT NULL, -- 大病保险支出 · critical-illness insurance payment [minor unit of the ledger's currency (fen)] (hifmi_pay)
    assistance_amount BIGINT NOT NULL, -- 医疗救助支出（含倾斜救助） · medical assistance payment, tilt included [minor unit of the ledger's currency (fen)] (maf_pay)
    tilt_amount BIGINT NOT NULL, -- 其中倾斜救助 · of which tilt [minor unit of the ledger's currency (fen)]
    other_fund_amount BIGINT NOT NULL, -- 其他支出 · other payment [minor unit of the ledger's currency (fen)] (oth_pay)
    commercial_amount BIGINT NOT NULL, -- 其中惠民保等商业保险 · of which city supplementary and commercial insurance [minor unit of the ledger's currency (fen)]
    charity_amount BIGINT NOT NULL, -- 其中慈善帮扶 · of which charity [minor unit of the ledger's currency (fen)]
    fund_amount BIGINT NOT NULL, -- 基金支付总额 · total paid by funds [minor unit of the ledger's currency (fen)] (fund_pay_sumamt)
    hospital_amount BIGINT NOT NULL, -- 医院负担金额 · borne by the hospital [minor unit of the ledger's currency (fen)] (hosp_part_amt)
    person_amount BIGINT NOT NULL, -- 个人负担总金额 · total borne by the person [minor unit of the ledger's currency (fen)] (psn_part_amt)
    account_amount BIGINT NOT NULL, -- 个人账户支出 · paid from the personal account [minor unit of the ledger's currency (fen)] (acct_pay)
    family_account_amount BIGINT NOT NULL, -- 账户共济支付金额 · paid from a relative's account (contained in the account payment) [minor unit of the ledger's currency (fen)] (acct_mulaid_pay)
    cash_amount BIGINT NOT NULL, -- 个人现金支出 · paid in cash [minor unit of the ledger's currency (fen)] (psn_cash_pay)
    account_balance BIGINT NOT NULL, -- 结算后账户余额 · balance of the account afterwards [minor unit of the ledger's currency (fen)] (balc)
    suspended VARCHAR, -- 政策使其不成立的恒等式 · identities that the policy suspends on this bill
    reversed_settlement_id VARCHAR, -- 原结算编号 · id of the settlement reversed (init_setl_id)
    difference_amount BIGINT, -- 与账面基金支付之差 · difference from the funds' payment in the books [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (settlement_id, policy_id)
);

-- 待遇计算步骤 · settlement step; key: settlement_id, policy_id, sequence
CREATE TABLE settlement_step (
    settlement_id VARCHAR NOT NULL, -- 结算编号 · settlement id
    policy_id VARCHAR NOT NULL, -- 政策编号 · policy id
    sequence BIGINT NOT NULL, -- 序号 · sequence
    layer VARCHAR NOT NULL, -- 保障层次 · layer of protection
    step VARCHAR NOT NULL, -- 步骤 · step
    label_zh VARCHAR NOT NULL, -- 中文名称 · label in Chinese
    label_en VARCHAR NOT NULL, -- 英文名称 · label in English
    base_amount BIGINT, -- 计算基数 · base [minor unit of the ledger's currency (fen)]
    rate_ppm BIGINT, -- 比例（百万分之一） · rate in parts per million [ppm]
    amount BIGINT NOT NULL, -- 结果 · result [minor unit of the ledger's currency (fen)]
    PRIMARY KEY (settlement_id, policy_id, sequence)
);

-- 医务人员 · staff; key: staff_id
CREATE TABLE staff (
    staff_id VARCHAR NOT NULL, -- 人员编码 · staff id (dr_code)
    name VARCHAR, -- 姓名 · name (dr_name)
    institution_id VARCHAR, -- 主要执业机构编号 · main institution id (fixmedins_code)
    department VARCHAR, -- 科室编码 · department (dept_code)
    title VARCHAR, -- 专业技术职务 · professional title (dr_profttl)
    kind VARCHAR, -- 人员类别 · kind of staff
    scope VARCHAR, -- 执业范围 · scope of practice
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (staff_id)
);

-- 支付资格状态 · staff status; key: staff_id, begin_date
CREATE TABLE staff_status (
    staff_id VARCHAR NOT NULL, -- 人员编码 · staff id (dr_code)
    begin_date DATE NOT NULL, -- 开始日期 · from (begndate)
    end_date DATE, -- 结束日期（不含） · until (exclusive) (enddate)
    status VARCHAR NOT NULL, -- 状态 · status
    institution_id VARCHAR, -- 机构编号（空为所有机构） · institution id (every institution when empty) (fixmedins_code)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (staff_id, begin_date)
);

-- 进销存变动 · stock move; key: move_id
CREATE TABLE stock_move (
    move_id VARCHAR NOT NULL, -- 变动流水号 · move id
    institution_id VARCHAR NOT NULL, -- 定点医药机构编号 · institution id (fixmedins_code)
    item_code VARCHAR NOT NULL, -- 医保目录编码 · catalogue item code (med_list_codg)
    kind VARCHAR NOT NULL, -- 变动类别 · kind of move
    moved_on DATE NOT NULL, -- 变动日期 · date of the move
    quantity BIGINT NOT NULL, -- 数量 · quantity [thousandth of the unit]
    unit VARCHAR, -- 数量单位 · unit of the quantity
    amount BIGINT, -- 金额 · amount [minor unit of the ledger's currency (fen)]
    batch_no VARCHAR, -- 生产批号 · manufacturer's batch number (manu_lotnum)
    expires_on DATE, -- 有效期止 · expiry date (expy_end)
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (move_id)
);

-- 住户调查 · household survey; key: survey_id, household_id
CREATE TABLE survey_household (
    survey_id VARCHAR NOT NULL, -- 调查编号（含年份） · survey and wave
    household_id VARCHAR NOT NULL, -- 调查户编号 · household of the survey
    region_code VARCHAR, -- 所在区划 · region
    surveyed_on DATE, -- 调查日期 · date surveyed
    weight BIGINT, -- 抽样权重 · sampling weight [thousandth of the unit]
    size BIGINT, -- 家庭人口数 · members [person]
    members_65 BIGINT, -- 65岁及以上人数 · members aged 65 and over [person]
    members_chronic BIGINT, -- 慢性病人数 · members with a chronic disease [person]
    is_urban BOOLEAN, -- 城镇家庭 · urban household
    scheme VARCHAR, -- 户主险种类型 · scheme of the head (insutype)
    assistance_kind VARCHAR, -- 困难类别 · hardship class
    income BIGINT, -- 年收入 · yearly income [minor unit of the ledger's currency (fen)]
    consumption BIGINT, -- 年消费支出 · yearly consumption [minor unit of the ledger's currency (fen)]
    food_spending BIGINT, -- 年食品支出 · yearly spending on food [minor unit of the ledger's currency (fen)]
    health_spending BIGINT, -- 年医疗费用总额 · yearly cost of care [minor unit of the ledger's currency (fen)]
    reimbursed_amount BIGINT, -- 年报销金额 · yearly reimbursement [minor unit of the ledger's currency (fen)]
    out_of_pocket BIGINT, -- 年自付医疗支出 · yearly out-of-pocket spending on health [minor unit of the ledger's currency (fen)]
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (survey_id, household_id)
);

-- 终端事件 · terminal event; key: event_id
CREATE TABLE terminal_event (
    event_id VARCHAR NOT NULL, -- 事件编号 · event id
    terminal_id VARCHAR NOT NULL, -- 终端编号 · terminal id
    institution_id VARCHAR, -- 定点医药机构编号 · institution id (fixmedins_code)
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    happened_at TIMESTAMP NOT NULL, -- 发生时间 · time
    kind VARCHAR NOT NULL, -- 类别 · kind
    latitude_e6 BIGINT, -- 纬度（百万分之一度） · latitude in millionths of a degree [millionth of a degree]
    longitude_e6 BIGINT, -- 经度（百万分之一度） · longitude in millionths of a degree [millionth of a degree]
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (event_id)
);

-- 考勤记录 · attendance at work; key: attendance_id
CREATE TABLE work_attendance (
    attendance_id VARCHAR NOT NULL, -- 考勤编号 · attendance id
    person_id VARCHAR NOT NULL, -- 人员编号 · person id (psn_no)
    clocked_at TIMESTAMP NOT NULL, -- 打卡时间 · time of the clock-in
    employer_id VARCHAR, -- 单位编号 · employer id (emp_no)
    source VARCHAR, -- 提供单位或系统 · employer or system that reported it
    method VARCHAR, -- 打卡方式 · how it was taken
    recorded_at TIMESTAMP NOT NULL, -- 入库时间 · recorded at
    batch_id VARCHAR NOT NULL, -- 入库批次 · batch
    PRIMARY KEY (attendance_id)
);

-- 批次画像 · batch profile
CREATE VIEW batch_profile AS
-- Generated from the contracts by `python -m yibao.ledger.generate`: what is counted stands in ledger/generated_sql.py.
-- A table of one batch has nothing to compare it with and gives no rows.
with batches_of_encounter as (
  select batch_id, max(recorded_at) as recorded_at
  from encounter
  group by batch_id
),
newest_encounter as (
  select batch_id
  from batches_of_encounter
  qualify row_number() over (order by recorded_at desc, batch_id desc) = 1 and count(*) over () > 1
),
batches_of_settlement as (
  select batch_id, max(recorded_at) as recorded_at
  from settlement
  group by batch_id
),
newest_settlement as (
  select batch_id
  from batches_of_settlement
  qualify row_number() over (order by recorded_at desc, batch_id desc) = 1 and count(*) over () > 1
),
batches_of_charge_line as (
  select batch_id, max(recorded_at) as recorded_at
  from charge_line
  group by batch_id
),
newest_charge_line as (
  select batch_id
  from batches_of_charge_line
  qualify row_number() over (order by recorded_at desc, batch_id desc) = 1 and count(*) over () > 1
),
batches_of_diagnosis as (
  select batch_id, max(recorded_at) as recorded_at
  from diagnosis
  group by batch_id
),
newest_diagnosis as (
  select batch_id
  from batches_of_diagnosis
  qualify row_number() over (order by recorded_at desc, batch_id desc) = 1 and count(*) over () > 1
),
batches_of_procedure as (
  select batch_id, max(recorded_at) as recorded_at
  from procedure
  group by batch_id
),
newest_procedure as (
  select batch_id
  from batches_of_procedure
  qualify row_number() over (order by recorded_at desc, batch_id desc) = 1 and count(*) over () > 1
)
select
  'encounter' as table_name, '' as column_name, c.institution_id as institution_id,
  cast(date_trunc('month', cast(c.admitted_at as date)) as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  cast(null as varchar) as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'kind' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.kind as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'scheme' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.scheme as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'department' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.department as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'discharge_way' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.discharge_way as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'certificate' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.certificate as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'main_diagnosis' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  substr(c.main_diagnosis, 1, 3) as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'staff_id' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.staff_id is not null then '*' end as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'discharged_at' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.discharged_at is not null then '*' end as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, '' as column_name, c.institution_id as institution_id,
  cast(date_trunc('month', cast(c.settled_at as date)) as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  cast(null as varchar) as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'kind' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.kind as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'scheme' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.scheme as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'payment_method' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.payment_method as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'eligible_amount' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.eligible_amount is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'fund_amount' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.fund_amount is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'person_amount' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.person_amount is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'account_amount' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.account_amount is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, '' as column_name, c.institution_id as institution_id,
  cast(date_trunc('month', cast(c.charged_at as date)) as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  cast(null as varchar) as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'charge_type' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.charge_type as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'payment_class' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.payment_class as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'list_type' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.list_type as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'item_code' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.item_code as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'settlement_id' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.settlement_id is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'order_id' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.order_id is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'staff_id' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.staff_id is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'department' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.department is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'executed_at' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.executed_at is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'diagnosis' as table_name, '' as column_name, parent.institution_id as institution_id,
  cast(date_trunc('month', cast(parent.admitted_at as date)) as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  cast(null as varchar) as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from diagnosis c
cross join newest_diagnosis n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'diagnosis' as table_name, 'kind' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.kind as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from diagnosis c
cross join newest_diagnosis n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'diagnosis' as table_name, 'admission_condition' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.admission_condition as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from diagnosis c
cross join newest_diagnosis n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'diagnosis' as table_name, 'is_main' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.is_main is not null then '*' end as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from diagnosis c
cross join newest_diagnosis n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'procedure' as table_name, '' as column_name, parent.institution_id as institution_id,
  cast(date_trunc('month', cast(parent.admitted_at as date)) as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  cast(null as varchar) as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from procedure c
cross join newest_procedure n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'procedure' as table_name, 'kind' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.kind as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from procedure c
cross join newest_procedure n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'procedure' as table_name, 'anaesthesia' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.anaesthesia as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from procedure c
cross join newest_procedure n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'procedure' as table_name, 'begin_at' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.begin_at is not null then '*' end as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from procedure c
cross join newest_procedure n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'procedure' as table_name, 'surgeon_id' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.surgeon_id is not null then '*' end as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from procedure c
cross join newest_procedure n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7;

-- 明细冲减合计 · reversal of a line
CREATE VIEW charge_reversal AS
select
    reversed_line_id as line_id,
    cast(sum(quantity) as bigint) as quantity,
    cast(sum(amount) as bigint) as amount,
    cast(sum(coalesce(fund_amount, 0)) as bigint) as fund_amount,
    count(*) as lines
from charge_line
where reversed_line_id is not null
group by reversed_line_id;

-- 生效的编码对照 · code map in force
CREATE VIEW code_in_force AS
with decisions as (
  select kind, from_system, institution_id, from_code, from_name, to_system, to_code, to_name, status, decided_by,
    decided_at,
    row_number() over (
      partition by kind, from_system, coalesce(institution_id, ''), from_code, to_system
      order by recorded_at, batch_id, decided_at, status desc, to_code
    ) as place
  from code_map
  where status <> 'suggested'
),
last_confirmed as (
  select kind, from_system, institution_id, from_code, from_name, to_system, to_code, to_name, decided_by, decided_at,
    place
  from decisions
  where status = 'confirmed'
  qualify row_number() over (
    partition by kind, from_system, coalesce(institution_id, ''), from_code, to_system order by place desc
  ) = 1
)
select c.kind, c.from_system, c.institution_id, c.from_code, c.from_name, c.to_system, c.to_code, c.to_name,
  c.decided_by, c.decided_at
from last_confirmed c
where not exists (
  select 1
  from decisions r
  where r.status = 'rejected'
    and r.kind = c.kind
    and r.from_system = c.from_system
    and coalesce(r.institution_id, '') = coalesce(c.institution_id, '')
    and r.from_code = c.from_code
    and r.to_system = c.to_system
    and r.place > c.place
    and (r.to_code is null or r.to_code = c.to_code)
);

-- 编码使用 · use of codes
CREATE VIEW code_use AS
-- Rows whose code a list holds on their day and rows for which none does are counted apart. The lists are searched once
-- for each code and day, not for each row; a row without a day, whose encounter is missing, may use a code of any day.
-- Without a version of its own a code is of the insurance edition, whose lists are named 医保…; where no list is so named,
-- it may be in any.
with named as (
  select
    (select count(*) from code_diagnosis where version like '医保%') as diagnosis_lists,
    (select count(*) from code_procedure where version like '医保%') as procedure_lists
),
listed as (
  select 'item' as kind, item_code as code, cast(null as varchar) as version, true as is_home, valid_from, valid_to
  from catalogue_item
  union all
  select 'diagnosis', d.code, d.version, n.diagnosis_lists = 0 or d.version like '医保%', d.valid_from, d.valid_to
  from code_diagnosis d
  cross join named n
  union all
  select 'procedure', p.code, p.version, n.procedure_lists = 0 or p.version like '医保%', p.valid_from, p.valid_to
  from code_procedure p
  cross join named n
),
bills as (
  select encounter_id, cast(sum(total_amount) as bigint) as amount
  from settlement
  group by encounter_id
),
first_procedures as (
  select encounter_id, coalesce(min(case when is_main then sequence end), min(sequence)) as sequence
  from procedure
  group by encounter_id
),
days as (
  select 'item' as kind, item_code as code, cast(null as varchar) as version, cast(charged_at as date) as day
  from charge_line
  union
  select 'item', item_code, cast(null as varchar), cast(begin_at as date)
  from medical_order
  union
  select 'item', item_code, cast(null as varchar), cast(issued_at as date)
  from prescription
  union
  select 'diagnosis', d.code, d.code_version, cast(e.admitted_at as date)
  from diagnosis d
  left join encounter e on e.encounter_id = d.encounter_id
  union
  select 'diagnosis', main_diagnosis, cast(null as varchar), cast(admitted_at as date)
  from encounter
  union
  select 'procedure', o.code, o.code_version, cast(e.admitted_at as date)
  from procedure o
  left join encounter e on e.encounter_id = o.encounter_id
),
in_force as (
  select d.kind, d.code, coalesce(d.version, '') as version, d.day
  from days d
  where exists (
    select 1 from listed l
    where l.kind = d.kind and l.code = d.code
      and (l.version = d.version or (d.version is null and l.is_home))
      and (d.day is null or l.valid_from is null or l.valid_from <= d.day)
      and (d.day is null or l.valid_to is null or l.valid_to > d.day)
  )
),
used as (
  select
    'item' as kind, 'charge_line' as table_name, 'item_code' as column_name, institution_id,
    cast(charged_at as date) as day, item_code as code, cast(null as varchar) as version, line_id as ref_id, amount
  from charge_line
  where item_code is not null
  union all
  select
    'item', 'medical_order', 'item_code', institution_id, cast(begin_at as date), item_code, cast(null as varchar),
    order_id, cast(0 as bigint)
  from medical_order
  where item_code is not null
  union all
  select
    'item', 'prescription', 'item_code', institution_id, cast(issued_at as date), item_code, cast(null as varchar),
    prescription_id || '|' || item_code, cast(0 as bigint)
  from prescription
  union all
  select
    'diagnosis', 'diagnosis', 'code', e.institution_id, cast(e.admitted_at as date), d.code, d.code_version,
    d.encounter_id || '|' || cast(d.sequence as varchar),
    case when d.is_main then coalesce(b.amount, 0) else 0 end
  from diagnosis d
  left join encounter e on e.encounter_id = d.encounter_id
  left join bills b on b.encounter_id = d.encounter_id
  union all
  select
    'diagnosis', 'encounter', 'main_diagnosis', e.institution_id, cast(e.admitted_at as date), e.main_diagnosis,
    cast(null as varchar), e.encounter_id, coalesce(b.amount, 0)
  from encounter e
  left join bills b on b.encounter_id = e.encounter_id
  where e.main_diagnosis is not null
    and not exists (select 1 from diagnosis d where d.encounter_id = e.encounter_id)
  union all
  select
    'procedure', 'procedure', 'code', e.institution_id, cast(e.admitted_at as date), o.code, o.code_version,
    o.encounter_id || '|' || cast(o.sequence as varchar),
    case when f.sequence is null then 0 else coalesce(b.amount, 0) end
  from procedure o
  left join encounter e on e.encounter_id = o.encounter_id
  left join bills b on b.encounter_id = o.encounter_id
  left join first_procedures f on f.encounter_id = o.encounter_id and f.sequence = o.sequence
)
select
  u.kind, u.table_name, u.column_name, u.institution_id, cast(date_trunc('month', u.day) as date) as month, u.code,
  u.version as code_version, f.code is not null as is_in_force, count(*) as row_count,
  cast(sum(u.amount) as bigint) as amount, min(u.ref_id) as first_ref, min(u.day) as first_day
from used u
left join in_force f
  on f.kind = u.kind and f.code = u.code and f.version = coalesce(u.version, '')
  and f.day is not distinct from u.day
group by 1, 2, 3, 4, 5, 6, 7, 8;

-- 区划上级 · path of a region
CREATE VIEW region_path AS
-- A faulty tree (a circle, two parents) stays bounded and gives each pair once: K20 names the fault.
with step as (
  select
    r.region_code, r.parent_code as parent, p.parent_code as grandparent, g.parent_code as great_grandparent
  from region r
  left join region p on p.region_code = r.parent_code
  left join region g on g.region_code = p.parent_code
),
reach as (
  select region_code, region_code as ancestor_code, 0 as distance from step
  union all
  select region_code, parent, 1 from step where parent is not null
  union all
  select region_code, grandparent, 2 from step where grandparent is not null
  union all
  select region_code, great_grandparent, 3 from step where great_grandparent is not null
)
select
  reach.region_code, reach.ancestor_code, min(a.level) as level, cast(min(reach.distance) as bigint) as distance
from reach
join region a on a.region_code = reach.ancestor_code
group by reach.region_code, reach.ancestor_code;

-- 异地就医对账 · cross-region match
CREATE VIEW cross_region_match AS
-- A side that one level reports and the level above it reports again counts once.
with side as (
  select
    side, settlement_id, person_id, institution_id, insured_region, care_region, settled_at,
    cast(coalesce(admitted_at, settled_at) as date) as came_on, total_amount, coalesce(fund_amount, 0) as fund_amount
  from cross_region_bill
  qualify row_number() over (partition by side, settlement_id order by reported_by) = 1
),
by_id as (
  select i.settlement_id as insured_id, c.settlement_id as care_id
  from side i
  join side c on c.settlement_id = i.settlement_id
  where i.side = 'insured' and c.side = 'care'
),
-- Systems that number for themselves: the same person, place, day and amounts, the first with the first.
loose as (
  select
    s.side, s.settlement_id, s.person_id, s.institution_id, s.came_on, s.total_amount, s.fund_amount,
    row_number() over (
      partition by s.side, s.person_id, s.institution_id, s.came_on, s.total_amount, s.fund_amount
      order by s.settled_at, s.settlement_id
    ) as turn
  from side s
  where s.settlement_id not in (select insured_id from by_id)
),
paired as (
  select insured_id, care_id from by_id
  union all
  select i.settlement_id, c.settlement_id
  from loose i
  join loose c
    on c.person_id = i.person_id and c.institution_id = i.institution_id and c.came_on = i.came_on
    and c.total_amount = i.total_amount and c.fund_amount = i.fund_amount and c.turn = i.turn
  where i.side = 'insured' and c.side = 'care'
),
alone as (
  select l.side, l.settlement_id
  from loose l
  left join paired p on p.insured_id = case when l.side = 'insured' then l.settlement_id end
  left join paired q on q.care_id = case when l.side = 'care' then l.settlement_id end
  where p.insured_id is null and q.care_id is null
),
-- How far the regions below each reporter have been reported; nothing is missed that was not due.
reported as (
  select a.region_code, max(b.settled_at) as until
  from cross_region_bill b
  join region_path a on a.ancestor_code = b.reported_by
  group by a.region_code
),
pair as (
  select insured_id, care_id from paired
  union all
  select case when side = 'insured' then settlement_id end, case when side = 'care' then settlement_id end from alone
)
select
  coalesce(p.insured_id, p.care_id) || case when p.insured_id is null then '|care' else '' end as match_id,
  case
    when i.settlement_id is not null and c.settlement_id is not null then
      case
        when i.total_amount <> c.total_amount or i.fund_amount <> c.fund_amount then 'amount_differs'
        when i.settlement_id <> c.settlement_id then 'other_id'
        else 'matched'
      end
    when i.settlement_id is not null then
      case when there.until >= i.settled_at then 'only_insured' else 'awaited' end
    else case when home.until >= c.settled_at then 'only_care' else 'awaited' end
  end as outcome,
  p.insured_id as insured_settlement_id, p.care_id as care_settlement_id,
  coalesce(i.person_id, c.person_id) as person_id, coalesce(i.institution_id, c.institution_id) as institution_id,
  coalesce(i.insured_region, c.insured_region) as insured_region,
  coalesce(c.care_region, i.care_region) as care_region,
  coalesce(i.settled_at, c.settled_at) as settled_at,
  coalesce(i.total_amount, c.total_amount) as total_amount, coalesce(i.fund_amount, c.fund_amount) as fund_amount,
  coalesce(i.total_amount, 0) - coalesce(c.total_amount, 0) as total_difference,
  coalesce(i.fund_amount, 0) - coalesce(c.fund_amount, 0) as fund_difference
from pair p
left join side i on i.side = 'insured' and i.settlement_id = p.insured_id
left join side c on c.side = 'care' and c.settlement_id = p.care_id
left join reported there on there.region_code = i.care_region
left join reported home on home.region_code = c.insured_region;

-- 就诊结算合计 · bill of an encounter
CREATE VIEW encounter_bill AS
select
    encounter_id,
    min(settled_at) as settled_at,
    cast(sum(total_amount) as bigint) as amount,
    cast(sum(coalesce(fund_amount, 0)) as bigint) as fund_amount,
    cast(sum(coalesce(account_amount, 0)) as bigint) as account_amount,
    cast(sum(coalesce(family_account_amount, 0)) as bigint) as family_account_amount,
    count(*) as settlements
from settlement
where encounter_id is not null
group by encounter_id
having cast(sum(total_amount) as bigint) > 0;

-- 就诊的参保地与就医地 · insured place and place of care
CREATE VIEW encounter_region AS
-- Where a person is insured is a matter of the day: the enrolment in force comes first, the one of the encounter's
-- scheme before others. The bill and the person's record speak for people whose enrolment is kept elsewhere.
with cover as (
  select e.encounter_id, n.region_code
  from encounter e
  join enrolment n
    on n.person_id = e.person_id
    and n.begin_date <= cast(e.admitted_at as date)
    and (n.end_date is null or n.end_date >= cast(e.admitted_at as date))
  where n.region_code is not null
  qualify row_number() over (
    partition by e.encounter_id
    order by case when n.scheme = e.scheme then 0 else 1 end, n.begin_date desc, n.enrolment_id
  ) = 1
),
bill as (
  select encounter_id, min(insured_region) as region_code
  from settlement
  where insured_region is not null
  group by encounter_id
),
visit as (
  select
    e.encounter_id, e.person_id, e.institution_id, cast(e.admitted_at as date) as admitted_on, e.out_of_region,
    coalesce(c.region_code, b.region_code, p.region_code) as insured_region,
    case
      when c.region_code is not null then 'enrolment'
      when b.region_code is not null then 'settlement'
      when p.region_code is not null then 'residence'
    end as insured_by,
    i.region_code as care_region
  from encounter e
  left join cover c on c.encounter_id = e.encounter_id
  left join bill b on b.encounter_id = e.encounter_id
  left join person p on p.person_id = e.person_id
  left join institution i on i.institution_id = e.institution_id
),
place as (
  select
    r.region_code, min(r.level) as level,
    coalesce(min(r.pool_code), min(case when a.level = 'city' then a.ancestor_code end), r.region_code) as pool_code,
    min(case when a.level = 'province' then a.ancestor_code end) as province_code
  from region r
  left join region_path a on a.region_code = r.region_code
  group by r.region_code
),
filing as (
  select v.encounter_id, f.filing_id, f.kind
  from visit v
  join referral_filing f
    on f.person_id = v.person_id
    and f.begin_date <= v.admitted_on
    and (f.end_date is null or f.end_date >= v.admitted_on)
  left join region_path a on a.region_code = v.care_region and a.ancestor_code = f.to_region
  where f.institution_id = v.institution_id
    or (f.institution_id is null and (f.to_region is null or a.region_code is not null))
  qualify row_number() over (partition by v.encounter_id order by f.begin_date desc, f.filing_id) = 1
)
select
  v.encounter_id, v.person_id, v.institution_id, v.admitted_on, v.insured_region, v.insured_by, home.pool_code,
  v.care_region,
  case
    when home.level = 'county' and home.region_code = care.region_code then 'same_county'
    when home.pool_code = care.pool_code then 'same_pool'
    when home.province_code = care.province_code then 'same_province'
    when home.province_code <> care.province_code then 'cross_province'
  end as crossing,
  v.out_of_region, f.filing_id, f.kind as filing_kind
from visit v
left join place home on home.region_code = v.insured_region
left join place care on care.region_code = v.care_region
left join filing f on f.encounter_id = v.encounter_id;

-- 机构坐标 · place of an institution
CREATE VIEW institution_place AS
-- A degree of latitude on a sphere of 6,371,008.8 m is 111,195 m; of longitude that times the cosine of the latitude, here
-- 1 - x²/2 + x⁴/24 - x⁶/720 in millionths, right to 0.004 % up to 60 degrees.
with angle as (
    select institution_id, latitude_e6, longitude_e6,
        (latitude_e6 * 17453 // 1000000) * (latitude_e6 * 17453 // 1000000) // 1000000 as square
    from institution
    where latitude_e6 is not null and longitude_e6 is not null
)

select
    institution_id,
    latitude_e6,
    longitude_e6,
    111195 * (
        1000000 - square // 2 + square * square // 1000000 // 24
        - square * square // 1000000 * square // 1000000 // 720
    ) // 1000000 as degree_east,
    cast(111195 as bigint) as degree_north
from angle;
